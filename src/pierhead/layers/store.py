"""Queries about the tables of contents of layers."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, select

from pierhead.layers.model.contents import ContentsState, StoredContents
from pierhead.layers.tables import layer_contents
from pierhead.platform.database import upsert

_FIND = select(
    layer_contents.c.state,
    layer_contents.c.reason,
    layer_contents.c.storage_key,
    layer_contents.c.entries,
    layer_contents.c.unpacked_bytes,
).where(layer_contents.c.blob_id == bindparam("of_blob"))
_INSERT = (
    upsert(layer_contents)
    .values({name: bindparam(name) for name in ("blob_id", "state", "reason", "storage_key", "entries", "unpacked_bytes", "made_ms")})
    .on_conflict_do_nothing(index_elements=["blob_id"])
    .returning(layer_contents.c.id)
)
_WITHOUT_LAYER = (
    select(layer_contents.c.id, layer_contents.c.storage_key).where(layer_contents.c.blob_id.is_(None)).limit(bindparam("maximum"))
)
_KNOWN_KEYS = select(layer_contents.c.storage_key).where(layer_contents.c.storage_key.in_(bindparam("keys", expanding=True)))
_REMOVE = delete(layer_contents).where(layer_contents.c.id.in_(bindparam("ids", expanding=True)))


def find_contents(connection: Connection, blob_id: int) -> StoredContents | None:
    """The table of contents of a layer; None when it was not made yet."""
    row = connection.execute(_FIND, {"of_blob": blob_id}).first()
    return StoredContents(ContentsState(row[0]), *row[1:]) if row else None


def insert_contents(connection: Connection, blob_id: int, contents: StoredContents, *, now_ms: int) -> bool:
    """Record it; False when another job was first."""
    values = {
        "blob_id": blob_id,
        "state": contents.state.value,
        "reason": contents.reason,
        "storage_key": contents.storage_key,
        "entries": contents.entries,
        "unpacked_bytes": contents.unpacked_bytes,
        "made_ms": now_ms,
    }
    return connection.execute(_INSERT, values).first() is not None


def list_without_layer(connection: Connection, maximum: int) -> list[tuple[int, str | None]]:
    """(row id, storage key) of tables whose layer was collected."""
    return [(row[0], row[1]) for row in connection.execute(_WITHOUT_LAYER, {"maximum": maximum})]


def list_known_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of the keys that a row names."""
    return {row[0] for row in connection.execute(_KNOWN_KEYS, {"keys": list(keys)})}


def remove(connection: Connection, ids: Sequence[int]) -> None:
    """Remove these rows."""
    connection.execute(_REMOVE, {"ids": list(ids)})
