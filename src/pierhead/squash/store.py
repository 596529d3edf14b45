"""Queries about squashed images."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, delete, func, or_, select, update

from pierhead.platform.database import upsert
from pierhead.squash.model.cache import CachedSquash, SquashState
from pierhead.squash.tables import squashed_image

_COLUMNS = [squashed_image.c[name] for name in ("id", "state", "store_state", "storage_key", "size_bytes", "lease_until_ms", "used_ms")]
_FIND = select(*_COLUMNS).where(
    squashed_image.c.manifest_id == bindparam("of_manifest"), squashed_image.c.variant == bindparam("of_variant")
)
_GET = select(*_COLUMNS).where(squashed_image.c.id == bindparam("row_id"))
_INSERT = (
    upsert(squashed_image)
    .values(
        {
            name: bindparam(name)
            for name in ("manifest_id", "variant", "state", "store_state", "size_bytes", "started_ms", "lease_until_ms", "used_ms")
        }
    )
    .on_conflict_do_nothing(index_elements=["manifest_id", "variant"])
    .returning(squashed_image.c.id)
)
_FINISH = (
    update(squashed_image)
    .where(squashed_image.c.id == bindparam("row_id"), squashed_image.c.store_state == bindparam("of_state"))
    .values(state=SquashState.READY.value, store_state=None, storage_key=bindparam("key"), size_bytes=bindparam("size"))
)
_EXTEND = (
    update(squashed_image)
    .where(squashed_image.c.id == bindparam("row_id"), squashed_image.c.store_state == bindparam("of_state"))
    .values(lease_until_ms=bindparam("until_ms"))
)
_TOUCH = update(squashed_image).where(squashed_image.c.id == bindparam("row_id")).values(used_ms=bindparam("moment_ms"))
_REMOVE = delete(squashed_image).where(squashed_image.c.id.in_(bindparam("ids", expanding=True)))
_KNOWN_KEYS = select(squashed_image.c.storage_key).where(squashed_image.c.storage_key.in_(bindparam("keys", expanding=True)))
_USELESS = (
    select(*_COLUMNS)
    .where(
        or_(
            and_(squashed_image.c.manifest_id.is_(None), squashed_image.c.state == SquashState.READY.value),
            and_(squashed_image.c.state == SquashState.UPLOADING.value, squashed_image.c.lease_until_ms < bindparam("now_ms")),
        )
    )
    .limit(bindparam("maximum"))
)
_SUM = select(func.coalesce(func.sum(squashed_image.c.size_bytes), 0)).where(squashed_image.c.state == SquashState.READY.value)
_LONGEST_UNUSED = (
    select(*_COLUMNS)
    .where(squashed_image.c.state == SquashState.READY.value)
    .order_by(squashed_image.c.used_ms, squashed_image.c.id)
    .limit(bindparam("maximum"))
)


def find(connection: Connection, manifest_id: int, variant: str) -> CachedSquash | None:
    """What the cache holds of a manifest under a name."""
    row = connection.execute(_FIND, {"of_manifest": manifest_id, "of_variant": variant}).first()
    return _make(row) if row else None


def get(connection: Connection, row_id: int) -> CachedSquash | None:
    """An entry by its row; None when it was removed."""
    row = connection.execute(_GET, {"row_id": row_id}).first()
    return _make(row) if row else None


def insert(
    connection: Connection, manifest_id: int, variant: str, *, store_state: str, size_bytes: int, now_ms: int, lease_until_ms: int
) -> int | None:
    """Begin an entry; its row id, None when there is one."""
    values = {
        "manifest_id": manifest_id,
        "variant": variant,
        "state": SquashState.UPLOADING.value,
        "store_state": store_state,
        "size_bytes": size_bytes,
        "started_ms": now_ms,
        "lease_until_ms": lease_until_ms,
        "used_ms": now_ms,
    }
    row = connection.execute(_INSERT, values).first()
    return row[0] if row else None


def finish(connection: Connection, row_id: int, store_state: str, *, key: str, size_bytes: int) -> bool:
    """The bytes are whole and lie under `key`; False when the entry was given to somebody else meanwhile."""
    values = {"row_id": row_id, "of_state": store_state, "key": key, "size": size_bytes}
    return connection.execute(_FINISH, values).rowcount > 0


def extend(connection: Connection, row_id: int, store_state: str, *, until_ms: int) -> None:
    """The process that writes is alive."""
    connection.execute(_EXTEND, {"row_id": row_id, "of_state": store_state, "until_ms": until_ms})


def touch(connection: Connection, row_id: int, *, now_ms: int) -> None:
    """It was used."""
    connection.execute(_TOUCH, {"row_id": row_id, "moment_ms": now_ms})


def remove(connection: Connection, ids: Sequence[int]) -> None:
    """Remove these entries."""
    connection.execute(_REMOVE, {"ids": list(ids)})


def list_known_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of the keys that an entry names."""
    return {row[0] for row in connection.execute(_KNOWN_KEYS, {"keys": list(keys)})}


def list_useless(connection: Connection, *, now_ms: int, maximum: int) -> list[CachedSquash]:
    """Entries whose manifest is gone, and those that a process left unfinished."""
    return [_make(row) for row in connection.execute(_USELESS, {"now_ms": now_ms, "maximum": maximum})]


def sum_bytes(connection: Connection) -> int:
    """What all whole entries take."""
    return int(connection.execute(_SUM).scalar_one())


def list_longest_unused(connection: Connection, maximum: int) -> list[CachedSquash]:
    """Whole entries, those first that nobody asked for the longest."""
    return [_make(row) for row in connection.execute(_LONGEST_UNUSED, {"maximum": maximum})]


def _make(row: Sequence[object]) -> CachedSquash:
    return CachedSquash(row[0], SquashState(row[1]), *row[2:])  # type: ignore[arg-type]
