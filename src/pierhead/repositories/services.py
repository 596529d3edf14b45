"""What the routes of repositories are given by the composition root, beside what access gives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pierhead.platform.database import UnitOfWork
from pierhead.repositories.model import Repository


class RepositoryTag(NamedTuple):
    """A tag as the page of a repository shows it. `size_bytes` is None for an index."""

    name: str
    digest: str
    size_bytes: int | None
    start_ms: int
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class RepositoryServices:
    """`list_tags` gives so many living tags of a repository: they belong to a room above this one."""

    list_tags: Callable[[UnitOfWork, Repository, int], Sequence[RepositoryTag]]
    nested_names: bool
