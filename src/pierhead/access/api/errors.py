"""The statuses of errors that mean something else to clients of the API than their kind says (api-v1, section 3.5)."""

from collections.abc import Mapping

from pierhead.access.model.errors import FreshLoginRequired, IssuerFailed
from pierhead.accounts.model.errors import AlreadyInitialized, RobotNotFound
from pierhead.platform.errors import PierheadError

SPECIAL_ERRORS: Mapping[type[PierheadError], tuple[int, str]] = {
    FreshLoginRequired: (401, "fresh_login_required"),
    RobotNotFound: (400, "invalid_request"),
    AlreadyInitialized: (400, "invalid_request"),
    IssuerFailed: (520, "downstream_issue"),
}
