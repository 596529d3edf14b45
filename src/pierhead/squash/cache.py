"""The cache of squashed images: begin an entry, finish it, evict what nobody asks for (squash, section 5)."""

from collections.abc import Sequence

from pierhead.platform.database import UnitOfWork
from pierhead.squash import store
from pierhead.squash.model.cache import CachedSquash

LEASE_SECONDS = 120
PREFIX = "squash"
"""What storage keys of squashed images begin with."""
_TOUCH_MS = 10 * 60 * 1000
_BATCH = 100


def begin(work: UnitOfWork, manifest_id: int, variant: str, *, store_state: str, size_bytes: int) -> int | None:
    """The row of a new entry; None when another process makes or has made it."""
    known = store.find(work.connection, manifest_id, variant)
    if known is not None and known.storage_key is None and not is_being_made(known, work.now_ms):
        # Whoever wrote it died; the clean-up of leftovers takes the bytes.
        store.remove(work.connection, [known.id])
    return store.insert(
        work.connection,
        manifest_id,
        variant,
        store_state=store_state,
        size_bytes=size_bytes,
        now_ms=work.now_ms,
        lease_until_ms=work.now_ms + LEASE_SECONDS * 1000,
    )


def is_being_made(entry: CachedSquash, now_ms: int) -> bool:
    """Whether a living process writes it."""
    return entry.storage_key is None and entry.lease_until_ms >= now_ms


def look_again(work: UnitOfWork, entry: CachedSquash) -> CachedSquash | None:
    """The entry as it is now; None when it is gone, or whoever wrote it is."""
    found = store.get(work.connection, entry.id)
    if found is None or found.storage_key is not None:
        return found
    return found if is_being_made(found, work.now_ms) and found.store_state == entry.store_state else None


def keep_alive(work: UnitOfWork, row_id: int, store_state: str) -> None:
    """Extend the lease of an entry that is being written."""
    store.extend(work.connection, row_id, store_state, until_ms=work.now_ms + LEASE_SECONDS * 1000)


def finish(work: UnitOfWork, row_id: int, store_state: str, *, key: str, size_bytes: int) -> bool:
    """The entry is whole; False when it is not this process's any more."""
    return store.finish(work.connection, row_id, store_state, key=key, size_bytes=size_bytes)


def give_up(work: UnitOfWork, row_id: int) -> None:
    """The entry will not be finished."""
    store.remove(work.connection, [row_id])


def note_use(work: UnitOfWork, entry: CachedSquash) -> None:
    """Entries that are used stay."""
    store.touch(work.connection, entry.id, now_ms=work.now_ms)


def is_use_worth_noting(entry: CachedSquash, now_ms: int) -> bool:
    """Writing down each use would cost more than it tells."""
    return entry.used_ms + _TOUCH_MS < now_ms


def remove_useless(work: UnitOfWork) -> list[CachedSquash]:
    """Remove some entries without a manifest or a living writer; the caller deletes their bytes. Empty when there are no more."""
    useless = store.list_useless(work.connection, now_ms=work.now_ms, maximum=_BATCH)
    store.remove(work.connection, [entry.id for entry in useless])
    return useless


def evict(work: UnitOfWork, cache_bytes: int) -> list[CachedSquash]:
    """Remove some of the entries that nobody asked for the longest, while all of them take more than that; the caller deletes their bytes."""
    excess = store.sum_bytes(work.connection) - cache_bytes
    evicted: list[CachedSquash] = []
    for entry in store.list_longest_unused(work.connection, _BATCH) if excess > 0 else ():
        if excess <= 0:
            break
        evicted.append(entry)
        excess -= entry.size_bytes
    store.remove(work.connection, [entry.id for entry in evicted])
    return evicted


def list_known_keys(work: UnitOfWork, keys: Sequence[str]) -> set[str]:
    """Those of the storage keys that an entry names."""
    return store.list_known_keys(work.connection, keys)
