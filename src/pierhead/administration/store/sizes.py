"""Queries of the size of the whole registry, as it was counted last."""

from sqlalchemy import Connection, bindparam, select

from pierhead.administration.tables import registry_size
from pierhead.platform.database import upsert

_ROW = 1
_GET = select(registry_size.c.size_bytes, registry_size.c.counted_ms).where(registry_size.c.id == _ROW)
_SETTING = upsert(registry_size).values(id=_ROW, size_bytes=bindparam("size_bytes"), counted_ms=bindparam("counted_ms"))
_SET = _SETTING.on_conflict_do_update(index_elements=["id"], set_={name: _SETTING.excluded[name] for name in ("size_bytes", "counted_ms")})


def find_size(connection: Connection) -> tuple[int, int] | None:
    """(bytes, Unix milliseconds of the count); None before the first count."""
    row = connection.execute(_GET).first()
    return None if row is None else (row.size_bytes, row.counted_ms)


def set_size(connection: Connection, size_bytes: int, *, counted_ms: int) -> None:
    """Keep a count."""
    connection.execute(_SET, {"size_bytes": size_bytes, "counted_ms": counted_ms})
