"""What an account is: a user or an organization, each with a namespace of its own name."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class AccountKind(StrEnum):
    """The two kinds of account, and what is left of one until a job has removed everything under it."""

    USER = "user"
    ORGANIZATION = "organization"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Details:
    """What people tell about an account; nothing depends on it."""

    given_name: str | None = None
    family_name: str | None = None
    company: str | None = None
    location: str | None = None
    contact_email: str | None = None
    invoice_email_address: str | None = None
    sends_invoices: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """A user or an organization, without its password."""

    id: int
    uuid: str
    kind: AccountKind
    name: str
    email: str | None
    has_password: bool
    is_enabled: bool
    is_verified: bool
    is_superuser: bool
    tag_window_seconds: int
    session_generation: int
    created_at: datetime
    details: Details
    must_confirm_name: bool = False

    @property
    def is_organization(self) -> bool:
        """Whether this is an organization, which nobody signs in as."""
        return self.kind is AccountKind.ORGANIZATION


@dataclass(frozen=True, slots=True)
class Robot:
    """A machine's account inside a namespace; `name` is whole, `namespace+short`."""

    id: int
    namespace_id: int
    name: str
    description: str
    token_sealed: bytes
    created_at: datetime
    last_used_at: datetime | None
    unstructured_metadata: str | None  # a JSON object
    token_seconds: int | None = None  # how long each new token lives; None: for ever
    token_expires_at: datetime | None = None
    previous_token_expires_at: datetime | None = None  # the token before is taken until then

    @property
    def short_name(self) -> str:
        """The part after the plus sign."""
        return self.name.partition("+")[2]


@dataclass(frozen=True, slots=True)
class TokenLife:
    """How long each new token of a robot lives; None: for ever."""

    seconds: int | None = None

    def end(self, start: datetime) -> datetime | None:
        """When a token of this moment ends."""
        return None if self.seconds is None else start + timedelta(seconds=self.seconds)


FOREVER = TokenLife()


@dataclass(frozen=True, slots=True)
class NewRobotToken:
    """A robot's token in the three forms that it takes: for its owner, for the look-up, for showing it again."""

    token: str
    sha256: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Team:
    """A team of an organization."""

    id: int
    name: str
    role: str
    description: str
    member_count: int


@dataclass(frozen=True, slots=True)
class Membership:
    """An organization that a user or robot is in, with the highest role its teams give there."""

    organization: str
    role: str


@dataclass(frozen=True, slots=True)
class TeamMember:
    """A user or robot in a team."""

    name: str
    email: str | None
    is_robot: bool
    is_invited: bool = False  # and has not answered yet


@dataclass(frozen=True, slots=True)
class OrganizationMember:
    """A user or robot of an organization, with the names of its teams there."""

    name: str
    email: str | None
    is_robot: bool
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Federation:
    """An OIDC subject that may act as a robot."""

    issuer: str
    subject: str
