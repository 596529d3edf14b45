"""Files in the storage that no row names: a process was killed between storing the bytes and writing the row."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from pierhead.platform.blobstore.base import BlobStore, StoredKey
from pierhead.platform.database import Database, UnitOfWork
from pierhead.registry.model.collector import CollectorLimits, Reclaimed
from pierhead.registry.model.names import HASH_ALGORITHMS
from pierhead.registry.store.collector import blobs as store
from pierhead.registry.store.collector.totals import add_totals

_KEYS = 500  # of one look into the database


def remove_orphans(
    database: Database, blobs: BlobStore, limits: CollectorLimits, *, check: Callable[[], None], maximum: int | None = None
) -> Reclaimed:
    """Delete old files of blobs without a row; `maximum` ends the search after so many files.

    Only what was stored long ago counts: an upload that has just ended has no row yet. Unfinished uploads lie elsewhere, and so do the
    files of other rooms. A key is used once, so a file without a row never gets one.
    """
    total = Reclaimed()
    keys = islice(_list_keys(blobs, limits), maximum)
    while some := list(islice(keys, _KEYS)):
        check()
        orphans = database.read_now(find_orphans, some)
        if orphans:
            blobs.delete(orphan.key for orphan in orphans)
            total = total.plus(database.write_now(count_orphans, orphans))
    return total


def find_orphans(work: UnitOfWork, keys: Sequence[StoredKey]) -> list[StoredKey]:
    """Those of the keys that no row names."""
    return [each for each in keys if not store.is_known_key(work.connection, _digest_of(each.key), each.key)]


def count_orphans(work: UnitOfWork, orphans: Sequence[StoredKey]) -> Reclaimed:
    """Count files that were deleted."""
    removed = Reclaimed(orphans=len(orphans), orphan_bytes=sum(orphan.size_bytes for orphan in orphans))
    add_totals(work.connection, removed)
    return removed


def _list_keys(blobs: BlobStore, limits: CollectorLimits) -> Iterator[StoredKey]:
    for algorithm in HASH_ALGORITHMS:
        yield from blobs.list_keys(algorithm, older_than_seconds=limits.orphan_seconds)


def _digest_of(key: str) -> str:
    """The digest that a storage key begins with: `<algorithm>/<two digits>/<digits>-<mark>`."""
    algorithm, _, rest = key.partition("/")
    return f"{algorithm}:{rest.rpartition('/')[2].partition('-')[0]}"
