"""What an account is: a user or an organization, each with a namespace of its own name."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AccountKind(StrEnum):
    """The two kinds of account."""

    USER = "user"
    ORGANIZATION = "organization"


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

    @property
    def short_name(self) -> str:
        """The part after the plus sign."""
        return self.name.partition("+")[2]


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
