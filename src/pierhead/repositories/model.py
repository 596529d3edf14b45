"""What a repository is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Self

from pierhead.platform.errors import AlreadyExists, Denied, Invalid, NotFound

_NAME = re.compile(r"[a-z0-9][._a-z0-9-]*(?:/[a-z0-9][._a-z0-9-]*)*")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_BETWEEN_WORDS = re.compile("[/._-]")
_GRAM = 3
_MOST_GRAMS = 8
MAXIMUM_NAME_LENGTH = 255
ROLES = ("read", "write", "admin")
MAXIMUM_DESCRIPTION_LENGTH = 64 * 1024


def cut_grams(name: str) -> frozenset[str]:
    """The parts of a name that search finds it by: every three letters in a row, and one or two letters that begin a word."""
    words = [word for word in _BETWEEN_WORDS.split(name) if word]
    return frozenset(name[start : start + 3] for start in range(len(name) - 2)) | {word[:length] for word in words for length in (1, 2)}


def choose_grams(text: str) -> tuple[str, ...]:
    """Parts that every name holds which holds the text; none when the text has no letter or digit.

    A text of one or two letters is looked for where words begin.
    """
    if len(text) < _GRAM:
        words = [word for word in _BETWEEN_WORDS.split(text) if word]
        return tuple(words[:1])
    grams = list(dict.fromkeys(text[start : start + _GRAM] for start in range(len(text) - _GRAM + 1)))
    return tuple(grams[:: -(-len(grams) // _MOST_GRAMS)])


class RepositoryKind(StrEnum):
    """What a repository holds."""

    IMAGE = "image"
    APPLICATION = "application"


class RepositoryState(StrEnum):
    """Whether a repository takes changes."""

    NORMAL = "NORMAL"
    READ_ONLY = "READ_ONLY"
    MIRROR = "MIRROR"
    MARKED_FOR_DELETION = "MARKED_FOR_DELETION"  # its name is free; a job removes what it held


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository; `name` is whole: namespace/name."""

    id: int
    namespace_id: int
    name: str
    kind: RepositoryKind
    state: RepositoryState
    is_public: bool
    is_enabled: bool  # whether its namespace is: those of a disabled one are not served

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> Self:
        """The repository in a row of REPOSITORY_COLUMNS."""
        return cls(row[0], row[1], row[2], RepositoryKind(row[3]), RepositoryState(row[4]), bool(row[5]), bool(row[6]))

    @property
    def namespace(self) -> str:
        """The name of its namespace."""
        return self.name.partition("/")[0]


class HolderKind(StrEnum):
    """Who may hold a permission."""

    USER = "user"
    ROBOT = "robot"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Holder:
    """A user, robot or team that a permission is given to. Robots are named whole, `namespace+short`."""

    kind: HolderKind
    id: int
    name: str
    email: str | None = None
    is_member: bool = False  # of the organization that the repository belongs to


class Grant(NamedTuple):
    """One grant of a holder: `source` is direct, team, or namespace (then the role is the team's own)."""

    role: str
    source: str
    team: str | None


class HeldRole(NamedTuple):
    """A user or robot with a permission of its own on a repository."""

    name: str
    role: str
    email: str | None
    is_robot: bool
    is_member: bool  # of the organization that the repository belongs to


class FoundAccount(NamedTuple):
    """A user or organization."""

    name: str
    email: str | None
    is_organization: bool
    is_member: bool  # of the namespace that was asked about


class FoundTeam(NamedTuple):
    """A team, and its organization."""

    name: str
    organization: str


class RoleOnRepository(NamedTuple):
    """A role that somebody was given on a repository; `name` is whole."""

    name: str
    is_public: bool
    role: str


@dataclass(frozen=True, slots=True)
class DefaultPermission:
    """What `delegate` is given on each new repository: those that `activating_user` creates, or all where that is None."""

    uuid: str
    role: str
    activating_user: Holder | None
    delegate: Holder


@dataclass(frozen=True, slots=True)
class RepositoryItem:
    """A repository as lists show it; `name` is whole."""

    id: int
    name: str
    description: str
    is_public: bool
    kind: RepositoryKind
    state: RepositoryState
    modified_ms: int | None
    is_starred: bool


def parse_repository_name(text: str, *, nested: bool = True) -> str:
    """A name without its namespace (api-v1, section 3.1). Raises InvalidRepositoryName; without `nested` for any slash too."""
    if len(text) > MAXIMUM_NAME_LENGTH or not _NAME.fullmatch(text) or ("/" in text and not nested):
        raise InvalidRepositoryName
    return text


def is_repository_name(text: str) -> bool:
    """Whether a repository may have this whole name: namespace/name."""
    return "/" in text and len(text) <= 2 * MAXIMUM_NAME_LENGTH and _NAME.fullmatch(text) is not None


def parse_description(text: str) -> str:
    """Raises InvalidDescription for a text that is too long or that no database can store."""
    if len(text) > MAXIMUM_DESCRIPTION_LENGTH or _UNSTORABLE.search(text):
        raise InvalidDescription
    return text


def parse_settable_state(word: str) -> RepositoryState:
    """A state that people may choose. Raises InvalidState."""
    if word not in SETTABLE_STATES:
        raise InvalidState
    return RepositoryState(word)


SETTABLE_STATES = ("NORMAL", "READ_ONLY", "MIRROR")


class InvalidRepositoryName(Invalid):
    """A name that breaks the rule."""

    message = "Invalid repository name"


class InvalidDescription(Invalid):
    """A description that is too long."""

    message = f"A description may have at most {MAXIMUM_DESCRIPTION_LENGTH} characters."


class InvalidState(Invalid):
    """No state that a repository can be put into."""

    message = f"Invalid state: use one of {', '.join(SETTABLE_STATES)}."


class InvalidRole(Invalid):
    """No role of a permission."""

    message = "Invalid role: use one of read, write, admin."


class InvalidListing(Invalid):
    """A list without any of its filters."""

    message = "namespace, starred or public are required for this API call"


class DefaultPermissionNotFound(NotFound):
    """The organization has no such rule."""

    message = "Not Found"


class RepositoryExists(AlreadyExists):
    """Another repository has the name."""

    def __init__(self, name: str) -> None:
        super().__init__("Repository already exists", detail={"name": name})


class RepositoryNotFound(NotFound):
    """There is no such repository; told only to those who would see it if there were."""

    message = "Not Found"


class HolderInvalid(Invalid):
    """Nobody of this name can be given a permission here."""


class OwnerMustAdminister(Invalid):
    """The owner of a namespace cannot lose rights in it."""

    message = "Namespace owner must always be admin."


class PermissionMissing(Invalid):
    """The user or team has no permission of its own; Quay answers 400."""

    def __init__(self, kind: HolderKind) -> None:
        who = "Team" if kind is HolderKind.TEAM else "User"
        super().__init__(f"{who} does not have permission for repo.")


class CreationDenied(Denied):
    """The caller may not create repositories in the namespace; also the answer when there is no such namespace."""

    def __init__(self, namespace: str) -> None:
        super().__init__(f"You may not create repositories in the namespace '{namespace}'.", detail={"namespace": namespace})


class NamespaceDisabled(Denied):
    """The user or organization is switched off, and its repositories with it."""

    def __init__(self, namespace: str) -> None:
        super().__init__(f"The namespace '{namespace}' is disabled. Please contact your administrator.", detail={"namespace": namespace})


class NamespaceUnknown(NotFound):
    """There is no user and no organization of this name."""

    def __init__(self, namespace: str) -> None:
        super().__init__(f"There is no namespace '{namespace}'.", detail={"namespace": namespace})
