"""Who is calling."""

from dataclasses import dataclass
from enum import StrEnum

from pierhead.access.model.oauth_scopes import Scopes, may_administer_user, may_read_user


class IdentityKind(StrEnum):
    """What the caller showed; the values are the wire names of the token's context."""

    ANONYMOUS = "anonymous"
    USER = "user"
    ROBOT = "robot"
    APPLICATION_TOKEN = "appspecifictoken"
    OAUTH_TOKEN = "oauthtoken"
    SYSTEM = "system"  # the server itself, or its administrator at the command line


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller, identified once per request. A token acts as its owner: `user_id` and `name` are the owner's."""

    kind: IdentityKind
    name: str | None = None
    user_id: int | None = None
    robot_id: int | None = None
    namespace_id: int | None = None  # the namespace a robot belongs to
    is_superuser: bool = False
    has_full_access: bool = False  # a superuser that the settings let into every namespace and repository
    is_global_reader: bool = False  # may read everything and change nothing
    is_restricted: bool = False  # may create nothing in its own namespace
    may_create_organizations: bool = True
    reference: str | None = None  # uuid of the user or token, name of the robot: what audit shows
    scopes: Scopes | None = None  # what an OAuth token caps its owner's rights at; None: nothing does

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is known."""
        return self.kind is IdentityKind.ANONYMOUS

    @property
    def reads_user(self) -> bool:
        """Whether the caller may see what only the user itself sees."""
        return self.user_id is not None and may_read_user(self.scopes)

    @property
    def administers_user(self) -> bool:
        """Whether the caller may act as the user on the user's own account."""
        return self.user_id is not None and may_administer_user(self.scopes)


ANONYMOUS = Identity(IdentityKind.ANONYMOUS)
COMMAND_LINE = Identity(IdentityKind.SYSTEM, is_superuser=True, has_full_access=True)
"""Whoever can read and write the data folder: nothing is refused. No request ever has this identity."""
