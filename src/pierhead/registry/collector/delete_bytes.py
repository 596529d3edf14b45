"""Last step: bytes whose row is gone."""

from collections.abc import Sequence

from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.collector import Reclaimed
from pierhead.registry.store.collector import blobs as store
from pierhead.registry.store.collector.totals import add_totals


def list_due_bytes(work: UnitOfWork, maximum: int) -> list[tuple[str, int]]:
    """(storage key, size) of bytes that may go."""
    return store.list_due_bytes(work.connection, now_ms=work.now_ms, maximum=maximum)


def forget_bytes(work: UnitOfWork, deleted: Sequence[tuple[str, int]]) -> Reclaimed:
    """The bytes are deleted. A process that died before this deletes them again, which is harmless: a key is used once only."""
    freed = sum(size for key, size in deleted if store.forget_bytes(work.connection, key))
    reclaimed = Reclaimed(freed_bytes=freed)
    add_totals(work.connection, reclaimed)
    return reclaimed
