"""What a repository is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from pierhead.platform.errors import Denied, NotFound


class RepositoryKind(StrEnum):
    """What a repository holds."""

    IMAGE = "image"
    APPLICATION = "application"


class RepositoryState(StrEnum):
    """Whether a repository takes changes."""

    NORMAL = "NORMAL"
    READ_ONLY = "READ_ONLY"
    MIRROR = "MIRROR"


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
