"""What the server announces under `/config`: a feature is on when its routes work (api-v1, section 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

# What works whatever the settings say.
_ON = frozenset(
    {
        "ANONYMOUS_ACCESS", "APP_SPECIFIC_TOKENS", "DIRECT_LOGIN", "GENERAL_OCI_SUPPORT", "HELM_OCI_SUPPORT", "PERMANENT_SESSIONS",
        "REFERRERS_API", "USERNAME_CONFIRMATION", "USER_METADATA",
    }
)  # fmt: skip

# What clients ask about and this version does not do, or not yet.
_OFF = frozenset(
    {
        "AGGREGATED_LOG_COUNT_RETRIEVAL", "AUTO_PRUNE", "BILLING", "BITBUCKET_BUILD", "BUILD_SUPPORT",
        "CHANGE_TAG_EXPIRATION", "EDIT_QUOTA", "GARBAGE_COLLECTION", "GITHUB_BUILD", "GITLAB_BUILD", "IMAGE_EXPIRY_TRIGGER",
        "IMAGE_PULL_STATS", "IMMUTABLE_TAGS", "LOG_EXPORT", "ORG_MIRROR",
        "PARTIAL_USER_AUTOCOMPLETE", "PROGRAMMATIC_BOOTSTRAP", "PROXY_CACHE", "QUOTA_MANAGEMENT", "QUOTA_NOTIFICATIONS",
        "READER_BUILD_LOGS", "REPO_MIRROR", "RH_MARKETPLACE", "SECURITY_SCANNER", "SIGNING",
        "SUPERUSERS_FULL_ACCESS", "SUPER_USERS", "TEAM_SYNCING", "UI_MODELCARD", "USER_EVENTS",
        "USER_LAST_ACCESSED", "VERIFY_QUOTA",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Announcements:
    """What the composition root knows and access does not: the registry's state, and the features of the rooms above."""

    is_read_only: bool = False
    nested_names: bool = True
    library_namespace: bool = True
    sparse_indexes: bool = True
    features: Mapping[str, bool] = field(default_factory=dict)
    config: Mapping[str, object] = field(default_factory=dict)


class AccountOptions(Protocol):
    """The settings of access that switch what people do with their accounts."""

    @property
    def invited_users_only(self) -> bool: ...
    @property
    def team_invitations(self) -> bool: ...
    @property
    def user_rename(self) -> bool: ...


def list_account_features(options: AccountOptions, *, sends_mail: bool) -> dict[str, bool]:
    """What depends on a mail server, and on what users may do with their names."""
    return {
        "INVITE_ONLY_USER_CREATION": sends_mail and options.invited_users_only,
        "MAILING": sends_mail,
        "REQUIRE_TEAM_INVITE": sends_mail and options.team_invitations,
        "USER_RENAME": options.user_rename,
    }


def list_features(
    announcements: Announcements, *, user_creation: bool, user_initialize: bool, encrypted_passwords_only: bool, assign_oauth_tokens: bool
) -> dict[str, bool]:
    """Every feature by its name without `FEATURE_`, and whether it is on."""
    return {
        **dict.fromkeys(sorted(_OFF), False),
        **dict.fromkeys(sorted(_ON), True),
        "ASSIGN_OAUTH_TOKEN": assign_oauth_tokens,
        "EXTENDED_REPOSITORY_NAMES": announcements.nested_names,
        "LIBRARY_SUPPORT": announcements.library_namespace,
        "REQUIRE_ENCRYPTED_BASIC_AUTH": encrypted_passwords_only,
        "USER_CREATION": user_creation,
        "USER_INITIALIZE": user_initialize,
        **announcements.features,
    }
