"""Queries about what the collector has done and what waits for it."""

from typing import Any

from sqlalchemy import BigInteger, Connection, Select, bindparam, func, literal_column, select, text, union_all

from pierhead.platform.database import Prepared, upsert
from pierhead.registry.model.collector import Reclaimed, RoundFigures, Waiting
from pierhead.registry.tables import blob, collector_bytes, collector_repository, collector_total, manifest, repository_blob

_COUNTED = 10_000  # rows of a queue that are counted; what is beyond is "many"
_ROW = 1
_FIGURES = Reclaimed._fields
_ADD = upsert(collector_total).values(
    {name: bindparam(name, type_=BigInteger) for name in _FIGURES} | {"id": _ROW, "began_ms": 0, "ended_ms": 0, "round_bytes": 0}
)
_ADD_TOTALS = Prepared(
    _ADD.on_conflict_do_update(
        index_elements=["id"],
        set_={name: collector_total.c[name] + _ADD.excluded[name] for name in _FIGURES}
        | {"round_bytes": collector_total.c.round_bytes + _ADD.excluded.freed_bytes},
    )
)
_NO_FIGURES = dict.fromkeys(_FIGURES, 0)
_BEGIN = Prepared(
    upsert(collector_total)
    .values(_NO_FIGURES | {"id": _ROW, "began_ms": bindparam("now_ms"), "ended_ms": 0, "round_bytes": 0})
    .on_conflict_do_update(index_elements=["id"], set_={"began_ms": bindparam("now_ms"), "ended_ms": 0, "round_bytes": 0})
)
_END = Prepared(collector_total.update().where(collector_total.c.id == _ROW).values(ended_ms=bindparam("at_ms")))
_READ = Prepared(
    select(
        *(collector_total.c[name] for name in _FIGURES),
        collector_total.c.began_ms,
        collector_total.c.ended_ms,
        collector_total.c.round_bytes,
    ).where(collector_total.c.id == _ROW)
)
_now = bindparam("now_ms", type_=BigInteger)
_QUEUES = {
    "repositories": (collector_repository.c.due_ms, collector_repository.c.due_ms <= _now),
    "manifests": (manifest.c.held_until_ms, text("manifest.held_until_ms > 0") & (manifest.c.held_until_ms <= _now)),
    "holdings": (
        repository_blob.c.held_until_ms,
        text("repository_blob.held_until_ms > 0") & (repository_blob.c.held_until_ms <= _now),
    ),
    "blobs": (blob.c.unused_ms, blob.c.unused_ms.is_not(None) & (blob.c.unused_ms <= _now)),
    "bytes": (collector_bytes.c.due_ms, collector_bytes.c.due_ms <= _now),
}


def _count(name: str) -> Select[Any, int, Any]:
    moment, due = _QUEUES[name]
    some = select(moment.label("due_ms")).where(due).limit(_COUNTED).subquery()
    return select(literal_column(f"'{name}'"), func.count(), func.min(some.c.due_ms))


_WAITING = Prepared(union_all(*(_count(name) for name in _QUEUES)))
_RECLAIMABLE = Prepared(
    select(
        select(func.coalesce(func.sum(collector_bytes.c.size_bytes), 0)).scalar_subquery()
        + select(func.coalesce(func.sum(blob.c.size_bytes), 0)).where(blob.c.unused_ms.is_not(None)).scalar_subquery()
    )
)


def add_totals(connection: Connection, figures: Reclaimed) -> None:
    """Count what this transaction reclaims."""
    if any(figures):
        _ADD_TOTALS.run(connection, **figures._asdict())


def begin_round(connection: Connection, *, now_ms: int) -> None:
    """A round begins."""
    _BEGIN.run(connection, now_ms=now_ms)


def end_round(connection: Connection, *, now_ms: int) -> None:
    """The round that runs has ended."""
    _END.run(connection, at_ms=now_ms)


def read_totals(connection: Connection) -> tuple[Reclaimed, RoundFigures]:
    """What was reclaimed since the beginning, and the last round."""
    row = _READ.first(connection)
    if row is None:
        return Reclaimed(), RoundFigures()
    size = len(_FIGURES)
    return Reclaimed(*row[:size]), RoundFigures(*row[size:])


def count_waiting(connection: Connection, *, now_ms: int) -> Waiting:
    """How much is due in each queue, up to a limit, and since when the oldest of it is."""
    rows = {name: (count, oldest) for name, count, oldest in _WAITING.all(connection, now_ms=now_ms)}
    oldest = min((moment for _, moment in rows.values() if moment is not None), default=None)
    return Waiting({name: rows[name][0] for name in _QUEUES}, oldest, _COUNTED)


def sum_reclaimable(connection: Connection) -> int:
    """Bytes that no repository holds and that still lie in the storage."""
    row = _RECLAIMABLE.first(connection)
    return int(row[0]) if row else 0
