"""What a user interface asks first: `/config` (api-v1, section 7). A white list; nothing secret is ever in it."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request

from pierhead import __version__
from pierhead.access.api.dependencies import Services
from pierhead.access.api.routing import ApiRouter
from pierhead.access.model.features import Announcements, list_account_features, list_features
from pierhead.access.model.oauth import LOCAL_PAGE

outside_router = ApiRouter()
"""The path outside `/api/v1`."""

_TITLE = "Pierhead"


def find_announcements(request: Request) -> Announcements:
    """What the composition root put into the application's state as `announcements`; the defaults where it put nothing."""
    announced: Announcements = getattr(request.app.state, "announcements", Announcements())
    return announced


Announced = Annotated[Announcements, Depends(find_announcements)]


@outside_router.get("/config")
async def get_config(request: Request, services: Services, announced: Announced) -> dict[str, Any]:
    """The settings that user interfaces need, and the features that are on."""
    options = services.options
    public = urlsplit(getattr(request.app.state, "public_url", None) or str(request.base_url))
    features = list_account_features(options, sends_mail=services.mailing is not None) | list_features(
        announced,
        user_creation=options.user_creation,
        user_initialize=options.user_initialize,
        encrypted_passwords_only=options.encrypted_passwords_only,
        assign_oauth_tokens=options.assign_oauth_tokens,
    )
    return {
        "config": {
            "SERVER_HOSTNAME": public.netloc,
            "PREFERRED_URL_SCHEME": public.scheme,
            "AUTHENTICATION_TYPE": "Database",
            "REGISTRY_TITLE": _TITLE,
            "REGISTRY_TITLE_SHORT": _TITLE,
            "AVATAR_KIND": "local",
            "LOCAL_OAUTH_HANDLER": LOCAL_PAGE,
            "SETUP_COMPLETE": True,
            "DEBUG": False,
            "TAG_EXPIRATION_OPTIONS": ["0s", "1d", "1w", "2w", "4w"],
            "BRANDING": {},
            "ROBOTS_DISALLOW": False,
            "DEFAULT_NAMESPACE_AUTOPRUNE_POLICY": None,
            "PERMANENTLY_DELETE_TAGS": False,
            **{f"FEATURE_{name}": features[name] for name in _REPEATED},
        },
        "features": features,
        "oauth": {},
        "external_login": [],
        "registry_state": "readonly" if announced.is_read_only else "normal",
        "account_recovery_mode": False,
        "version_number": f"{_TITLE} {__version__}",
    }


# User interfaces read these features among the settings too.
_REPEATED = (
    "REPO_MIRROR", "ORG_MIRROR", "QUOTA_MANAGEMENT", "QUOTA_NOTIFICATIONS", "EDIT_QUOTA", "PROXY_CACHE", "ASSIGN_OAUTH_TOKEN",
    "IMAGE_EXPIRY_TRIGGER", "AUTO_PRUNE",
)  # fmt: skip
