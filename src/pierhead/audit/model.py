"""What is recorded: the kinds of usage log entries (background, section 4), and who did it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class Performer(Protocol):
    """Whoever does something; an `Identity` is one."""

    @property
    def kind(self) -> str:
        """anonymous, user, robot, ..."""
        ...

    @property
    def name(self) -> str | None:
        """The name that the log shows."""
        ...

    @property
    def reference(self) -> str | None:
        """The uuid of a user or token, the name of a robot; None for nobody in particular."""
        ...


@dataclass(frozen=True, slots=True)
class System:
    """The server itself, or its administrator at the command line."""

    kind: str = "system"
    name: str | None = None
    reference: str | None = None


SYSTEM = System()


def describe_credential(performer: Performer) -> dict[str, object]:
    """What every entry tells beside the name of the user: by which OAuth token it was done (api-v1/logs, section 4)."""
    if performer.kind != "oauthtoken" or performer.reference is None:
        return {}
    return {"oauth_token_id": performer.reference}


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry as it is read back."""

    kind: str
    namespace_id: int | None
    repository_id: int | None
    performer_kind: str
    performer_name: str | None
    ip: str | None
    metadata: dict[str, object]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PullEntry:
    """Pulls that are alike; an entry of the same key, which holds the day, is raised instead of adding another."""

    key: str
    pulls: int
    entry: LogEntry


@dataclass(frozen=True, slots=True)
class LogPosition:
    """A place in the log, newest first: behind the entry of this moment and row."""

    created_at: datetime
    row: int


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some entries, newest first, and where the next page begins; None when there is none."""

    entries: list[LogEntry]
    following: LogPosition | None


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which entries are meant: `since` is inclusive, `until` exclusive; what is None does not matter."""

    since: datetime
    until: datetime
    namespace_id: int | None = None
    repository_id: int | None = None
    performer: str | None = None
    kind: str | None = None
    tag: str | None = None
    with_service_keys: bool = True


@dataclass(frozen=True, slots=True)
class DayCount:
    """How often something happened on a day (UTC). Pulls count one by one."""

    kind: str
    day: date
    count: int


class LogKind(StrEnum):
    """Every kind of entry; the values are wire names."""

    USER_CREATE = "user_create"
    USER_DELETE = "user_delete"
    USER_DISABLE = "user_disable"
    USER_ENABLE = "user_enable"
    USER_CHANGE_EMAIL = "user_change_email"
    USER_CHANGE_PASSWORD = "user_change_password"
    ACCOUNT_CHANGE_PASSWORD = "account_change_password"
    USER_CHANGE_NAME = "user_change_name"
    USER_CHANGE_INVOICING = "user_change_invoicing"
    USER_CHANGE_TAG_EXPIRATION = "user_change_tag_expiration"
    USER_CHANGE_METADATA = "user_change_metadata"
    USER_GENERATE_CLIENT_KEY = "user_generate_client_key"
    ACCOUNT_CONVERT = "account_convert"
    ACCOUNT_CHANGE_CC = "account_change_cc"
    ACCOUNT_CHANGE_PLAN = "account_change_plan"
    LOGIN_SUCCESS = "login_success"
    LOGIN_FAILURE = "login_failure"
    LOGOUT_SUCCESS = "logout_success"

    CREATE_ROBOT = "create_robot"
    DELETE_ROBOT = "delete_robot"
    REGENERATE_ROBOT_TOKEN = "regenerate_robot_token"
    CREATE_ROBOT_FEDERATION = "create_robot_federation"
    DELETE_ROBOT_FEDERATION = "delete_robot_federation"
    FEDERATED_ROBOT_TOKEN_EXCHANGE = "federated_robot_token_exchange"
    CREATE_APP_SPECIFIC_TOKEN = "create_app_specific_token"
    REVOKE_APP_SPECIFIC_TOKEN = "revoke_app_specific_token"
    OAUTH_TOKEN_ASSIGNED = "oauth_token_assigned"
    OAUTH_TOKEN_REVOKED = "oauth_token_revoked"
    CREATE_OAUTH_API_TOKEN = "create_oauth_api_token"
    REVOKE_OAUTH_API_TOKEN = "revoke_oauth_api_token"

    CREATE_REPO = "create_repo"
    DELETE_REPO = "delete_repo"
    PUSH_REPO = "push_repo"
    PULL_REPO = "pull_repo"
    PUSH_REPO_FAILED = "push_repo_failed"
    PULL_REPO_FAILED = "pull_repo_failed"
    DELETE_TAG_FAILED = "delete_tag_failed"
    REPO_VERB = "repo_verb"
    CREATE_TAG = "create_tag"
    MOVE_TAG = "move_tag"
    DELETE_TAG = "delete_tag"
    REVERT_TAG = "revert_tag"
    PERMANENTLY_DELETE_TAG = "permanently_delete_tag"
    AUTOPRUNE_TAG_DELETE = "autoprune_tag_delete"
    CHANGE_TAG_EXPIRATION = "change_tag_expiration"
    CHANGE_TAG_IMMUTABILITY = "change_tag_immutability"
    TAG_MADE_IMMUTABLE_BY_POLICY = "tag_made_immutable_by_policy"
    TAGS_MADE_IMMUTABLE_BY_POLICY = "tags_made_immutable_by_policy"
    ADD_REPO_PERMISSION = "add_repo_permission"
    CHANGE_REPO_PERMISSION = "change_repo_permission"
    DELETE_REPO_PERMISSION = "delete_repo_permission"
    CHANGE_REPO_VISIBILITY = "change_repo_visibility"
    CHANGE_REPO_TRUST = "change_repo_trust"
    CHANGE_REPO_STATE = "change_repo_state"
    SET_REPO_DESCRIPTION = "set_repo_description"
    ADD_REPO_ACCESSTOKEN = "add_repo_accesstoken"
    DELETE_REPO_ACCESSTOKEN = "delete_repo_accesstoken"
    ADD_REPO_WEBHOOK = "add_repo_webhook"
    DELETE_REPO_WEBHOOK = "delete_repo_webhook"
    ADD_REPO_NOTIFICATION = "add_repo_notification"
    DELETE_REPO_NOTIFICATION = "delete_repo_notification"
    RESET_REPO_NOTIFICATION = "reset_repo_notification"
    MANIFEST_LABEL_ADD = "manifest_label_add"
    MANIFEST_LABEL_DELETE = "manifest_label_delete"

    BUILD_DOCKERFILE = "build_dockerfile"
    CANCEL_BUILD = "cancel_build"
    SETUP_REPO_TRIGGER = "setup_repo_trigger"
    DELETE_REPO_TRIGGER = "delete_repo_trigger"
    TOGGLE_REPO_TRIGGER = "toggle_repo_trigger"
    START_BUILD_TRIGGER = "start_build_trigger"

    ORG_CREATE = "org_create"
    ORG_DELETE = "org_delete"
    ORG_CHANGE_EMAIL = "org_change_email"
    ORG_CHANGE_INVOICING = "org_change_invoicing"
    ORG_CHANGE_TAG_EXPIRATION = "org_change_tag_expiration"
    ORG_CHANGE_NAME = "org_change_name"
    ORG_CREATE_TEAM = "org_create_team"
    ORG_DELETE_TEAM = "org_delete_team"
    ORG_INVITE_TEAM_MEMBER = "org_invite_team_member"
    ORG_DELETE_TEAM_MEMBER_INVITE = "org_delete_team_member_invite"
    ORG_ADD_TEAM_MEMBER = "org_add_team_member"
    ORG_REMOVE_TEAM_MEMBER = "org_remove_team_member"
    ORG_TEAM_MEMBER_INVITE_ACCEPTED = "org_team_member_invite_accepted"
    ORG_TEAM_MEMBER_INVITE_DECLINED = "org_team_member_invite_declined"
    ORG_SET_TEAM_DESCRIPTION = "org_set_team_description"
    ORG_SET_TEAM_ROLE = "org_set_team_role"
    CREATE_PROTOTYPE_PERMISSION = "create_prototype_permission"
    MODIFY_PROTOTYPE_PERMISSION = "modify_prototype_permission"
    DELETE_PROTOTYPE_PERMISSION = "delete_prototype_permission"
    ENABLE_TEAM_SYNC = "enable_team_sync"
    DISABLE_TEAM_SYNC = "disable_team_sync"
    CREATE_APPLICATION = "create_application"
    UPDATE_APPLICATION = "update_application"
    DELETE_APPLICATION = "delete_application"
    RESET_APPLICATION_CLIENT_SECRET = "reset_application_client_secret"
    CREATE_PROXY_CACHE_CONFIG = "create_proxy_cache_config"
    DELETE_PROXY_CACHE_CONFIG = "delete_proxy_cache_config"
    ORG_CREATE_QUOTA = "org_create_quota"
    ORG_CHANGE_QUOTA = "org_change_quota"
    ORG_DELETE_QUOTA = "org_delete_quota"
    ORG_CREATE_QUOTA_LIMIT = "org_create_quota_limit"
    ORG_CHANGE_QUOTA_LIMIT = "org_change_quota_limit"
    ORG_DELETE_QUOTA_LIMIT = "org_delete_quota_limit"
    QUOTA_WARNING = "quota_warning"
    CREATE_NAMESPACE_NOTIFICATION = "create_namespace_notification"
    DELETE_NAMESPACE_NOTIFICATION = "delete_namespace_notification"
    RESET_NAMESPACE_NOTIFICATION = "reset_namespace_notification"
    CREATE_NAMESPACE_AUTOPRUNE_POLICY = "create_namespace_autoprune_policy"
    UPDATE_NAMESPACE_AUTOPRUNE_POLICY = "update_namespace_autoprune_policy"
    DELETE_NAMESPACE_AUTOPRUNE_POLICY = "delete_namespace_autoprune_policy"
    CREATE_REPOSITORY_AUTOPRUNE_POLICY = "create_repository_autoprune_policy"
    UPDATE_REPOSITORY_AUTOPRUNE_POLICY = "update_repository_autoprune_policy"
    DELETE_REPOSITORY_AUTOPRUNE_POLICY = "delete_repository_autoprune_policy"
    CREATE_NAMESPACE_IMMUTABILITY_POLICY = "create_namespace_immutability_policy"
    UPDATE_NAMESPACE_IMMUTABILITY_POLICY = "update_namespace_immutability_policy"
    DELETE_NAMESPACE_IMMUTABILITY_POLICY = "delete_namespace_immutability_policy"
    CREATE_REPOSITORY_IMMUTABILITY_POLICY = "create_repository_immutability_policy"
    UPDATE_REPOSITORY_IMMUTABILITY_POLICY = "update_repository_immutability_policy"
    DELETE_REPOSITORY_IMMUTABILITY_POLICY = "delete_repository_immutability_policy"
    TAKE_OWNERSHIP = "take_ownership"

    REPO_MIRROR_ENABLED = "repo_mirror_enabled"
    REPO_MIRROR_DISABLED = "repo_mirror_disabled"
    REPO_MIRROR_CONFIG_CHANGED = "repo_mirror_config_changed"
    REPO_MIRROR_SYNC_STARTED = "repo_mirror_sync_started"
    REPO_MIRROR_SYNC_FAILED = "repo_mirror_sync_failed"
    REPO_MIRROR_SYNC_SUCCESS = "repo_mirror_sync_success"
    REPO_MIRROR_SYNC_NOW_REQUESTED = "repo_mirror_sync_now_requested"
    REPO_MIRROR_SYNC_TAG_SUCCESS = "repo_mirror_sync_tag_success"
    REPO_MIRROR_SYNC_TAG_FAILED = "repo_mirror_sync_tag_failed"
    REPO_MIRROR_SYNC_TEST_SUCCESS = "repo_mirror_sync_test_success"
    REPO_MIRROR_SYNC_TEST_FAILED = "repo_mirror_sync_test_failed"
    REPO_MIRROR_SYNC_TEST_STARTED = "repo_mirror_sync_test_started"
    ORG_MIRROR_ENABLED = "org_mirror_enabled"
    ORG_MIRROR_DISABLED = "org_mirror_disabled"
    ORG_MIRROR_CONFIG_CHANGED = "org_mirror_config_changed"
    ORG_MIRROR_SYNC_STARTED = "org_mirror_sync_started"
    ORG_MIRROR_SYNC_FAILED = "org_mirror_sync_failed"
    ORG_MIRROR_SYNC_SUCCESS = "org_mirror_sync_success"
    ORG_MIRROR_SYNC_NOW_REQUESTED = "org_mirror_sync_now_requested"
    ORG_MIRROR_REPO_CREATED = "org_mirror_repo_created"
    SERVICE_KEY_CREATE = "service_key_create"
    SERVICE_KEY_APPROVE = "service_key_approve"
    SERVICE_KEY_DELETE = "service_key_delete"
    SERVICE_KEY_MODIFY = "service_key_modify"
    SERVICE_KEY_EXTEND = "service_key_extend"
    SERVICE_KEY_ROTATE = "service_key_rotate"
    EXPORT_LOGS_SUCCESS = "export_logs_success"
    EXPORT_LOGS_FAILURE = "export_logs_failure"


SERVICE_KEY_KINDS = tuple(kind for kind in LogKind if kind.startswith("service_key_"))
