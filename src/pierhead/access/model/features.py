"""What the server announces under `/config`: a feature is on when its routes work (api-v1, section 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# What works whatever the settings say.
_ON = frozenset(
    {
        "ANONYMOUS_ACCESS", "APP_SPECIFIC_TOKENS", "DIRECT_LOGIN", "GENERAL_OCI_SUPPORT", "HELM_OCI_SUPPORT", "PERMANENT_SESSIONS",
        "REFERRERS_API", "USER_METADATA",
    }
)  # fmt: skip

# What clients ask about and this version does not do, or not yet.
_OFF = frozenset(
    {
        "AGGREGATED_LOG_COUNT_RETRIEVAL", "ASSIGN_OAUTH_TOKEN", "AUTO_PRUNE", "BILLING", "BITBUCKET_BUILD", "BUILD_SUPPORT",
        "CHANGE_TAG_EXPIRATION", "EDIT_QUOTA", "GARBAGE_COLLECTION", "GITHUB_BUILD", "GITLAB_BUILD", "IMAGE_EXPIRY_TRIGGER",
        "IMAGE_PULL_STATS", "IMMUTABLE_TAGS", "INVITE_ONLY_USER_CREATION", "LOG_EXPORT", "MAILING", "ORG_MIRROR",
        "PARTIAL_USER_AUTOCOMPLETE", "PROGRAMMATIC_BOOTSTRAP", "PROXY_CACHE", "QUOTA_MANAGEMENT", "QUOTA_NOTIFICATIONS",
        "READER_BUILD_LOGS", "REPO_MIRROR", "REQUIRE_TEAM_INVITE", "RH_MARKETPLACE", "SECURITY_SCANNER", "SIGNING",
        "SUPERUSERS_FULL_ACCESS", "SUPER_USERS", "TEAM_SYNCING", "UI_MODELCARD", "USERNAME_CONFIRMATION", "USER_EVENTS",
        "USER_LAST_ACCESSED", "USER_RENAME", "VERIFY_QUOTA",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Announcements:
    """What the composition root knows and access does not: the registry's state, and the features of the rooms above."""

    is_read_only: bool = False
    nested_names: bool = True
    library_namespace: bool = True
    features: Mapping[str, bool] = field(default_factory=dict)


def list_features(
    announcements: Announcements, *, user_creation: bool, user_initialize: bool, encrypted_passwords_only: bool
) -> dict[str, bool]:
    """Every feature by its name without `FEATURE_`, and whether it is on."""
    return {
        **dict.fromkeys(sorted(_OFF), False),
        **dict.fromkeys(sorted(_ON), True),
        "EXTENDED_REPOSITORY_NAMES": announcements.nested_names,
        "LIBRARY_SUPPORT": announcements.library_namespace,
        "REQUIRE_ENCRYPTED_BASIC_AUTH": encrypted_passwords_only,
        "USER_CREATION": user_creation,
        "USER_INITIALIZE": user_initialize,
        **announcements.features,
    }
