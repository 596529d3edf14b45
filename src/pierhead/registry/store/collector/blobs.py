"""Queries about blobs that a repository, or all of them, may have no use for any more."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import BigInteger, BindParameter, Connection, bindparam, delete, exists, func, literal_column, select, text, update

from pierhead.platform.database import Prepared, upsert
from pierhead.registry.tables import blob, collector_bytes, manifest_blob, repository_blob
from pierhead.repositories.tables import repository

_IS_CANDIDATE = text("repository_blob.held_until_ms > 0")  # spelled as the index has it
_EARLIER_RELEASE = 0  # of an edge whose repository is not known
_this_blob: BindParameter[int] = bindparam("blob_id", type_=BigInteger)
_of_repository: BindParameter[int] = bindparam("repository_id", type_=BigInteger)


class HeldBlob(NamedTuple):
    """A blob that a repository may not need any more."""

    repository_id: int
    blob_id: int
    held_until_ms: int
    size_bytes: int


class UnusedBlob(NamedTuple):
    """A blob that perhaps no repository holds any more."""

    id: int
    size_bytes: int
    storage_key: str


_HELD = (repository_blob.c.repository_id, repository_blob.c.blob_id, repository_blob.c.held_until_ms, blob.c.size_bytes)
_DUE = Prepared(
    select(*_HELD)
    .join(blob, blob.c.id == repository_blob.c.blob_id)
    .where(_IS_CANDIDATE, repository_blob.c.held_until_ms <= bindparam("now_ms"))
    .order_by(repository_blob.c.held_until_ms)
    .limit(bindparam("maximum"))
)
_EDGE = Prepared(
    select(manifest_blob.c.manifest_id)
    .where(
        manifest_blob.c.blob_id == _this_blob, manifest_blob.c.repository_id.in_((_of_repository, literal_column(str(_EARLIER_RELEASE))))
    )
    .limit(1)
)
_unchanged = (
    repository_blob.c.repository_id == bindparam("in_repository", type_=BigInteger),
    repository_blob.c.blob_id == bindparam("of_blob", type_=BigInteger),
    repository_blob.c.held_until_ms == bindparam("seen_ms", type_=BigInteger),
)
_SETTLE = Prepared(update(repository_blob).where(*_unchanged).values(held_until_ms=0))
_UNLINK = Prepared(delete(repository_blob).where(*_unchanged))
_LOCK = Prepared(select(blob.c.id).where(blob.c.id == _this_blob).with_for_update(key_share=True))
_MARK = Prepared(update(blob).where(blob.c.id == _this_blob).values(unused_ms=bindparam("now_ms")))
_UNUSED = Prepared(
    select(blob.c.id)
    .where(blob.c.unused_ms.is_not(None), blob.c.unused_ms <= bindparam("now_ms"))
    .order_by(blob.c.unused_ms)
    .limit(bindparam("maximum"))
)
_TAKE = Prepared(
    select(*(blob.c[name] for name in UnusedBlob._fields))
    .where(blob.c.id == _this_blob, blob.c.unused_ms.is_not(None))
    .with_for_update(skip_locked=True)
)
_HOLDER = Prepared(select(repository_blob.c.repository_id).where(repository_blob.c.blob_id == _this_blob).limit(1))
_ANY_EDGE = Prepared(select(manifest_blob.c.manifest_id).where(manifest_blob.c.blob_id == _this_blob).limit(1))
_KEEP = Prepared(update(blob).where(blob.c.id == _this_blob).values(unused_ms=None))
_REMOVE = Prepared(delete(blob).where(blob.c.id == _this_blob))
_ADD_BYTES = Prepared(
    upsert(collector_bytes)
    .values({name: bindparam(name) for name in ("storage_key", "size_bytes", "due_ms")})
    .on_conflict_do_nothing(index_elements=["storage_key"])
)
_DUE_BYTES = Prepared(
    select(collector_bytes.c.storage_key, collector_bytes.c.size_bytes)
    .where(collector_bytes.c.due_ms <= bindparam("now_ms"))
    .order_by(collector_bytes.c.due_ms)
    .limit(bindparam("maximum"))
)
_FORGET_BYTES = Prepared(delete(collector_bytes).where(collector_bytes.c.storage_key == bindparam("storage_key")))
_KNOWN_KEY = Prepared(select(blob.c.storage_key).where(blob.c.sha256 == bindparam("sha256")))
_WAITING_KEY = Prepared(select(collector_bytes.c.storage_key).where(collector_bytes.c.storage_key == bindparam("storage_key")))

_REPOSITORIES = Prepared(
    select(repository.c.id)
    .where(repository.c.id > bindparam("after", type_=BigInteger))
    .order_by(repository.c.id)
    .limit(bindparam("maximum"))
)
_MEMBERS = Prepared(
    select(repository_blob.c.blob_id, repository_blob.c.held_until_ms)
    .where(repository_blob.c.repository_id == _of_repository, repository_blob.c.blob_id > bindparam("after", type_=BigInteger))
    .order_by(repository_blob.c.blob_id)
    .limit(bindparam("maximum"))
)
_HOLD_UNTIL = Prepared(update(repository_blob).where(*_unchanged).values(held_until_ms=bindparam("until_ms", type_=BigInteger)))
_beyond = select(blob.c.id).where(blob.c.id > bindparam("after", type_=BigInteger)).order_by(blob.c.id).limit(bindparam("maximum"))
_LAST_OF_RANGE = Prepared(select(func.max(_beyond.subquery().c.id)))
_FORGOTTEN = Prepared(
    select(blob.c.id).where(
        blob.c.id > bindparam("after", type_=BigInteger),
        blob.c.id <= bindparam("last", type_=BigInteger),
        blob.c.unused_ms.is_(None),
        ~exists().where(repository_blob.c.blob_id == blob.c.id),
        ~exists().where(manifest_blob.c.blob_id == blob.c.id),
    )
)


def list_due_holdings(connection: Connection, *, now_ms: int, maximum: int) -> list[HeldBlob]:
    """Blobs of repositories that are not held any more, the longest due first."""
    return [HeldBlob(*row) for row in _DUE.all(connection, now_ms=now_ms, maximum=maximum)]


def is_used(connection: Connection, repository_id: int, blob_id: int) -> bool:
    """Whether a manifest of the repository refers to the blob."""
    return _EDGE.first(connection, repository_id=repository_id, blob_id=blob_id) is not None


def settle_holding(connection: Connection, held: HeldBlob) -> None:
    """Look at it no more until somebody lets go of it; nothing happens when somebody has held it or let go of it meanwhile."""
    _SETTLE.run(connection, in_repository=held.repository_id, of_blob=held.blob_id, seen_ms=held.held_until_ms)


def unlink_holding(connection: Connection, held: HeldBlob) -> bool:
    """Take the blob from the repository, unless somebody has held it again meanwhile; whether it was taken."""
    return _UNLINK.run(connection, in_repository=held.repository_id, of_blob=held.blob_id, seen_ms=held.held_until_ms) > 0


def lock_blobs(connection: Connection, blob_ids: Iterable[int]) -> None:
    """Lock rows in the order of their ids, before the repository's: uploads that end take them in this order, too."""
    if connection.dialect.name != "sqlite":
        for blob_id in sorted(blob_ids):
            _LOCK.first(connection, blob_id=blob_id)


def mark_unused(connection: Connection, blob_id: int, *, now_ms: int) -> None:
    """Look whether any repository still holds the blob. Call it in the transaction that takes it from one."""
    _MARK.run(connection, blob_id=blob_id, now_ms=now_ms)


def list_unused(connection: Connection, *, now_ms: int, maximum: int) -> list[int]:
    """Blobs that a repository has let go of, the longest ago first."""
    return [row[0] for row in _UNUSED.all(connection, now_ms=now_ms, maximum=maximum)]


def lock_unused(connection: Connection, blob_id: int) -> UnusedBlob | None:
    """Lock the row of a blob that may go. None when it is gone or kept, and when somebody else holds the lock: then it is in use."""
    row = _TAKE.first(connection, blob_id=blob_id)
    return UnusedBlob(*row) if row else None


def is_held(connection: Connection, blob_id: int) -> bool:
    """Whether any repository holds the blob or refers to it; the caller has locked its row."""
    return bool(_HOLDER.first(connection, blob_id=blob_id) or _ANY_EDGE.first(connection, blob_id=blob_id))


def keep_blob(connection: Connection, blob_id: int) -> None:
    """Somebody holds it."""
    _KEEP.run(connection, blob_id=blob_id)


def remove_blob(connection: Connection, unused: UnusedBlob, *, due_ms: int) -> None:
    """Remove the row; its bytes are deleted at `due_ms` or later."""
    _REMOVE.run(connection, blob_id=unused.id)
    _ADD_BYTES.run(connection, storage_key=unused.storage_key, size_bytes=unused.size_bytes, due_ms=due_ms)


def list_due_bytes(connection: Connection, *, now_ms: int, maximum: int) -> list[tuple[str, int]]:
    """(storage key, size) of bytes without a row, the longest due first."""
    return [(row[0], row[1]) for row in _DUE_BYTES.all(connection, now_ms=now_ms, maximum=maximum)]


def forget_bytes(connection: Connection, storage_key: str) -> bool:
    """The bytes are deleted; whether this is news."""
    return _FORGET_BYTES.run(connection, storage_key=storage_key) > 0


def is_known_key(connection: Connection, sha256: str, storage_key: str) -> bool:
    """Whether a blob's row or the queue of bytes names the storage key."""
    row = _KNOWN_KEY.first(connection, sha256=sha256)
    return (row is not None and row[0] == storage_key) or _WAITING_KEY.first(connection, storage_key=storage_key) is not None


def list_repository_ids(connection: Connection, *, after: int, maximum: int) -> list[int]:
    """Repositories beyond the row `after`."""
    return [row[0] for row in _REPOSITORIES.all(connection, after=after, maximum=maximum)]


def list_members(connection: Connection, repository_id: int, *, after: int, maximum: int) -> Sequence[tuple[int, int]]:
    """(blob, held until) of a repository beyond the blob `after`."""
    return [(row[0], row[1]) for row in _MEMBERS.all(connection, repository_id=repository_id, after=after, maximum=maximum)]


def look_at_holding(connection: Connection, repository_id: int, blob_id: int, *, until_ms: int) -> None:
    """Make a settled blob of a repository due then."""
    _HOLD_UNTIL.run(connection, in_repository=repository_id, of_blob=blob_id, seen_ms=0, until_ms=until_ms)


def find_last_of_range(connection: Connection, after: int, maximum: int) -> int | None:
    """The last of the next so many blobs beyond the row `after`."""
    row = _LAST_OF_RANGE.first(connection, after=after, maximum=maximum)
    return row[0] if row else None


def list_forgotten_blobs(connection: Connection, after: int, last: int) -> list[int]:
    """Blobs of a range that no repository holds and that nobody looks at."""
    return [row[0] for row in _FORGOTTEN.all(connection, after=after, last=last)]
