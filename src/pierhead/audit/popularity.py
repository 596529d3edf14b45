"""How often repositories were pulled."""

from collections.abc import Sequence
from datetime import datetime

from pierhead.audit import store
from pierhead.platform.database import UnitOfWork


def sum_pulls(work: UnitOfWork, repository_ids: Sequence[int]) -> dict[int, int]:
    """The pulls of each repository, by its row id; those without a pull are left out."""
    return store.sum_pulls(work.connection, repository_ids)


def find_tag_pulls(work: UnitOfWork, repository_id: int, tag: str) -> tuple[int, datetime | None]:
    """How often a tag was pulled, and when last."""
    return store.find_pulls(work.connection, repository_id, tag)


def forget_pulls(work: UnitOfWork, repository_id: int) -> None:
    """A repository that goes takes its counters with it; the log keeps its entries."""
    store.delete_pulls(work.connection, repository_id)
