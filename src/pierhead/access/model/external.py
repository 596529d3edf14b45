"""Users as a sign-in back end knows them, and the rules by which one becomes a user here."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pierhead.accounts.model.names import RESERVED_NAMES, is_name
from pierhead.platform.errors import AlreadyExists, Denied, Invalid

_FOREIGN = re.compile(r"[^a-z0-9._-]+")
_SEPARATORS = re.compile(r"[._-]+")
_LONGEST_NAME = 200  # leaves room for a number
_MOST_NAMES = 100
LONGEST_SUBJECT = 255


class LinkRule(StrEnum):
    """Whether a first sign-in takes over an account that is there already."""

    NEVER = "never"
    NAME = "name"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class ExternalUser:
    """A user as a back end has just vouched for. `subject` never changes; the rest may, and None says that the back end does not tell."""

    service: str
    subject: str
    username: str | None = None
    email: str | None = None
    is_email_verified: bool = False
    groups: frozenset[str] | None = None
    is_superuser: bool | None = None


@dataclass(frozen=True, slots=True)
class FirstSignIn:
    """What happens when somebody comes for the first time."""

    link: LinkRule = LinkRule.NEVER
    creates_users: bool = True


@dataclass(frozen=True, slots=True)
class ExternalLogin:
    """The link between a user here and one of a back end."""

    id: int
    user_id: int
    service: str
    subject: str
    username: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class TeamSync:
    """The group whose members are the members of a team; `synced_at` is None until that has been true."""

    team_id: int
    service: str
    group: str
    synced_at: datetime | None


class UnknownService(Invalid):
    """No sign-in back end has this name."""

    message = "There is no such sign-in service."


class LoginNotLinked(Denied):
    """The back end vouches for somebody who has no account here, and none is created."""

    message = "No account here is attached to this sign-in. Please ask the administrator for one."


class LoginTaken(AlreadyExists):
    """Either side of the link is taken: the account has another user of the service, or that user has another account."""

    message = "This sign-in is attached to another account already, or the account to another sign-in of the service."


class LastLogin(Invalid):
    """Detaching would leave an account that nobody can sign in to."""

    message = "This is the only way to sign in to the account. Please set a password first."


class PasswordElsewhere(Invalid):
    """The password is not ours to change."""

    message = "The password is kept in the directory. Please change it there."


class ExternalUserUnknown(Invalid):
    """The directory knows nobody of this name."""

    def __init__(self, username: str) -> None:
        super().__init__("The directory has no such user.", detail={"username": username})


class SignInFailed(Denied):
    """A sign-in at a provider that did not end as it should; the message is for the person who tried."""

    message = "The sign-in did not succeed. Please try again."


class GroupNotSynced(Invalid):
    """A group that no team can follow."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Could not sync to group: {reason}")


class TeamIsSynced(Invalid):
    """People of a team that follows a group come and go with the group."""

    message = "Cannot call this method on an auth-synced team"


def list_possible_names(user: ExternalUser) -> Iterator[str]:
    """Names for a new account, the best first: valid, not reserved, and never ending before a free one is found among a hundred."""
    wanted = user.username or (user.email or "").partition("@")[0] or user.subject
    plain = _simplify(wanted.partition("@")[0]) or "user"
    if len(plain) < 2:
        plain = f"user-{plain}"
    if is_name(plain) and plain not in RESERVED_NAMES:
        yield plain
    for number in range(2, _MOST_NAMES):
        yield f"{plain}-{number}"


def _simplify(text: str) -> str:
    """Lower-case letters and digits with single separators; letters lose their accents."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    joined = _SEPARATORS.sub(lambda found: found[0][0], _FOREIGN.sub("_", ascii_only))
    return joined[:_LONGEST_NAME].strip("._-")
