"""What a user interface asks first: `/config` (api-v1, section 7). A white list; nothing secret is ever in it."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request

from pierhead import __version__
from pierhead.access.api.dependencies import Services
from pierhead.access.api.routing import ApiRouter
from pierhead.access.backends.base import Provider
from pierhead.access.external_sign_in import ExternalSignIn
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
    features |= _list_sign_in_features(services.external)
    return {
        "config": {
            "SERVER_HOSTNAME": public.netloc,
            "PREFERRED_URL_SCHEME": public.scheme,
            "AUTHENTICATION_TYPE": _find_authentication_type(services.external),
            "INTERNAL_OIDC_SERVICE_ID": _find_internal_provider(services.external),
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
            **announced.config,
            **{f"FEATURE_{name}": features[name] for name in _REPEATED},
        },
        "features": features,
        "oauth": {},
        "external_login": [_view_provider(provider) for provider in services.external.providers.values()],
        "registry_state": "readonly" if announced.is_read_only else "normal",
        "account_recovery_mode": False,
        "version_number": f"{_TITLE} {__version__}",
    }


# User interfaces read these features among the settings too.
_REPEATED = (
    "REPO_MIRROR", "ORG_MIRROR", "QUOTA_MANAGEMENT", "QUOTA_NOTIFICATIONS", "EDIT_QUOTA", "PROXY_CACHE", "ASSIGN_OAUTH_TOKEN",
    "IMAGE_EXPIRY_TRIGGER", "AUTO_PRUNE",
)  # fmt: skip


def _find_authentication_type(external: ExternalSignIn) -> str:
    """What signing in means first of all."""
    if external.directory is not None:
        return "LDAP"
    return "OIDC" if external.providers and not external.options.direct else "Database"


def _find_internal_provider(external: ExternalSignIn) -> str | None:
    """The provider that alone lets people in."""
    return next(iter(external.providers), None) if _find_authentication_type(external) == "OIDC" else None


def _list_sign_in_features(external: ExternalSignIn) -> dict[str, bool]:
    return {
        "DIRECT_LOGIN": external.options.direct,
        "NONSUPERUSER_TEAM_SYNCING_SETUP": external.options.team_sync_by_admins,
        "TEAM_SYNCING": external.syncs_teams,
    }


def _view_provider(provider: Provider) -> dict[str, Any]:
    return {"id": provider.service, "title": provider.title, "config": {"CLIENT_ID": provider.client_id, "OIDC": True}, "icon": "fa-openid"}
