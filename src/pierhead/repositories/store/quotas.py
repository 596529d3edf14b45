"""Queries about quotas of namespaces, and about how much of them is used."""

import itertools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, delete, exists, func, select, update

from pierhead.accounts.model.quotas import LimitKind, Quota, QuotaLimit, RepositoryUsage, Usage
from pierhead.platform.database import Prepared, upsert
from pierhead.repositories.tables import namespace_usage, quota, quota_limit, repository

_namespace = bindparam("namespace_id", type_=BigInteger)
_FIND = Prepared(
    select(quota.c.id, quota.c.limit_bytes, quota_limit.c.id, quota_limit.c.kind, quota_limit.c.percent)
    .outerjoin(quota_limit, quota_limit.c.quota_id == quota.c.id)
    .where(quota.c.namespace_id == _namespace)
    .order_by(quota_limit.c.id)
)
_SOME = 500  # namespaces that one question names
_LIST = (
    select(quota.c.namespace_id, quota.c.id, quota.c.limit_bytes, quota_limit.c.id, quota_limit.c.kind, quota_limit.c.percent)
    .outerjoin(quota_limit, quota_limit.c.quota_id == quota.c.id)
    .where(quota.c.namespace_id.in_(bindparam("ids", expanding=True)))
    .order_by(quota_limit.c.id)
)
_ADD = Prepared(
    upsert(quota)
    .values(namespace_id=_namespace, limit_bytes=bindparam("limit_bytes"))
    .on_conflict_do_nothing(index_elements=["namespace_id"])
    .returning(quota.c.id)
)
_CHANGE = Prepared(update(quota).where(quota.c.id == bindparam("quota_id")).values(limit_bytes=bindparam("new_limit")))
_REMOVE = Prepared(delete(quota).where(quota.c.id == bindparam("quota_id")))
_ADD_LIMIT = Prepared(
    upsert(quota_limit)
    .values(quota_id=bindparam("quota_id"), kind=bindparam("kind"), percent=bindparam("percent"))
    .on_conflict_do_nothing(index_elements=["quota_id", "kind", "percent"])
    .returning(quota_limit.c.id)
)
_CHANGE_LIMIT = Prepared(
    update(quota_limit)
    .where(quota_limit.c.id == bindparam("limit_id"))
    .values(kind=bindparam("new_kind"), percent=bindparam("new_percent"))
)
_REMOVE_LIMIT = Prepared(delete(quota_limit).where(quota_limit.c.id == bindparam("limit_id")))
_new_usage: Any = {"namespace_id": _namespace, "unique_bytes": bindparam("change_bytes", type_=BigInteger), "reclaimable_bytes": 0}
_HAS_QUOTA = exists().where(quota.c.namespace_id == _namespace)
_GROWTH = upsert(namespace_usage).values(_new_usage)
_GROW = Prepared(
    _GROWTH.on_conflict_do_update(
        index_elements=["namespace_id"], set_={"unique_bytes": namespace_usage.c.unique_bytes + _GROWTH.excluded.unique_bytes}
    ).returning(namespace_usage.c.unique_bytes, _HAS_QUOTA)
)
_UNIQUE = Prepared(select(namespace_usage.c.unique_bytes).where(namespace_usage.c.namespace_id == _namespace))
_LOGICAL = select(func.coalesce(func.sum(repository.c.size_bytes), 0)).where(repository.c.namespace_id == _namespace).scalar_subquery()
_USAGE = Prepared(
    select(
        _LOGICAL,
        namespace_usage.c.unique_bytes,
        namespace_usage.c.reclaimable_bytes,
        namespace_usage.c.counted_ms,
    ).where(namespace_usage.c.namespace_id == _namespace)
)
_LIST_USAGE = select(
    namespace_usage.c.namespace_id,
    select(func.coalesce(func.sum(repository.c.size_bytes), 0))
    .where(repository.c.namespace_id == namespace_usage.c.namespace_id)
    .correlate(namespace_usage)
    .scalar_subquery(),
    namespace_usage.c.unique_bytes,
    namespace_usage.c.reclaimable_bytes,
    namespace_usage.c.counted_ms,
).where(namespace_usage.c.namespace_id.in_(bindparam("ids", expanding=True)))
_SET_COUNTED = Prepared(
    update(namespace_usage)
    .where(namespace_usage.c.namespace_id == _namespace)
    .values(reclaimable_bytes=bindparam("new_bytes", type_=BigInteger), counted_ms=bindparam("at_ms", type_=BigInteger))
)
_SET_UNIQUE = Prepared(
    update(namespace_usage)
    .where(namespace_usage.c.namespace_id == _namespace)
    .values(unique_bytes=bindparam("new_bytes", type_=BigInteger))
)
_NOTE_REFUSAL = Prepared(
    update(namespace_usage)
    .where(
        namespace_usage.c.namespace_id == _namespace,
        namespace_usage.c.refused_ms.is_(None) | (namespace_usage.c.refused_ms < bindparam("before_ms", type_=BigInteger)),
    )
    .values(refused_ms=bindparam("at_ms", type_=BigInteger))
)
_LOCK = Prepared(select(namespace_usage.c.unique_bytes).where(namespace_usage.c.namespace_id == _namespace).with_for_update())
_SET_RECLAIMABLE = Prepared(
    update(repository)
    .where(repository.c.id == bindparam("of_repository", type_=BigInteger))
    .values(reclaimable_bytes=bindparam("new_bytes"))
)
_SIZES = (
    select(repository.c.id, repository.c.size_bytes, quota.c.limit_bytes)
    .outerjoin(quota, quota.c.namespace_id == repository.c.namespace_id)
    .where(repository.c.id.in_(bindparam("repository_ids", expanding=True)))
)


def find_quota(connection: Connection, namespace_id: int) -> Quota | None:
    """The quota that the namespace was given itself."""
    rows = _FIND.all(connection, namespace_id=namespace_id)
    if not rows:
        return None
    limits = tuple(QuotaLimit(row[2], LimitKind(row[3]), row[4]) for row in rows if row[2] is not None)
    return Quota(rows[0][0], rows[0][1], limits)


def list_quotas(connection: Connection, namespace_ids: Sequence[int]) -> dict[int, Quota]:
    """The quotas of those namespaces that were given one."""
    found: dict[int, Quota] = {}
    for ids in _batches(namespace_ids):
        for namespace_id, quota_id, limit_bytes, limit_id, kind, percent in connection.execute(_LIST, {"ids": ids}):
            limits = (*found[namespace_id].limits,) if namespace_id in found else ()
            more = () if limit_id is None else (QuotaLimit(limit_id, LimitKind(kind), percent),)
            found[namespace_id] = Quota(quota_id, limit_bytes, (*limits, *more))
    return found


def list_usage(connection: Connection, namespace_ids: Sequence[int]) -> dict[int, Usage]:
    """The figures of those namespaces that ever held something."""
    rows = itertools.chain.from_iterable(connection.execute(_LIST_USAGE, {"ids": ids}) for ids in _batches(namespace_ids))
    return {row[0]: Usage(int(row[1]), row[2], row[3], row[4]) for row in rows}


def _batches(ids: Sequence[int]) -> list[list[int]]:
    return [list(ids[start : start + _SOME]) for start in range(0, len(ids), _SOME)]


def add_quota(connection: Connection, namespace_id: int, limit_bytes: int) -> int | None:
    """The new row's id, None when the namespace has a quota."""
    row = _ADD.first(connection, namespace_id=namespace_id, limit_bytes=limit_bytes)
    return None if row is None else int(row[0])


def change_quota(connection: Connection, quota_id: int, limit_bytes: int) -> None:
    """Replace the size."""
    _CHANGE.run(connection, quota_id=quota_id, new_limit=limit_bytes)


def remove_quota(connection: Connection, quota_id: int) -> None:
    """Its limits go with it."""
    _REMOVE.run(connection, quota_id=quota_id)


def add_limit(connection: Connection, quota_id: int, kind: LimitKind, percent: int) -> bool:
    """Whether the quota had no such limit."""
    return _ADD_LIMIT.first(connection, quota_id=quota_id, kind=kind.value, percent=percent) is not None


def change_limit(connection: Connection, limit_id: int, kind: LimitKind, percent: int) -> None:
    """Replace both."""
    _CHANGE_LIMIT.run(connection, limit_id=limit_id, new_kind=kind.value, new_percent=percent)


def remove_limit(connection: Connection, limit_id: int) -> None:
    """The quota stays."""
    _REMOVE_LIMIT.run(connection, limit_id=limit_id)


def grow_usage(connection: Connection, namespace_id: int, change_bytes: int) -> tuple[int, bool]:
    """Add to (or, when negative, take from) what the namespace uses; what it uses then, and whether it was given a quota.

    Others who change it wait for this transaction.
    """
    row = _GROW.first(connection, namespace_id=namespace_id, change_bytes=change_bytes)
    if row is None:
        raise AssertionError("an upsert returns its row")
    return int(row[0]), bool(row[1])


def get_unique_bytes(connection: Connection, namespace_id: int) -> int:
    """What the namespace uses."""
    row = _UNIQUE.first(connection, namespace_id=namespace_id)
    return int(row[0]) if row else 0


def lock_usage(connection: Connection, namespace_id: int) -> int:
    """As `get_unique_bytes`, and nobody else changes it until this transaction ends."""
    grow_usage(connection, namespace_id, 0)
    row = (_UNIQUE if connection.dialect.name == "sqlite" else _LOCK).first(connection, namespace_id=namespace_id)
    return int(row[0]) if row else 0


def get_usage(connection: Connection, namespace_id: int) -> Usage:
    """Every figure of the namespace."""
    row = _USAGE.first(connection, namespace_id=namespace_id)
    return Usage(int(row[0]), row[1], row[2], row[3]) if row else Usage()


def note_refusal(connection: Connection, namespace_id: int, *, before_ms: int, at_ms: int) -> bool:
    """Remember that a push was refused; False when another one was told of after `before_ms`."""
    grow_usage(connection, namespace_id, 0)
    return _NOTE_REFUSAL.run(connection, namespace_id=namespace_id, before_ms=before_ms, at_ms=at_ms) > 0


def set_counted(connection: Connection, namespace_id: int, reclaimable_bytes: int, *, at_ms: int) -> None:
    """What was counted, and when."""
    _SET_COUNTED.run(connection, namespace_id=namespace_id, new_bytes=reclaimable_bytes, at_ms=at_ms)


def set_unique(connection: Connection, namespace_id: int, unique_bytes: int) -> None:
    """Replace the running figure."""
    _SET_UNIQUE.run(connection, namespace_id=namespace_id, new_bytes=unique_bytes)


def set_reclaimable(connection: Connection, repository_id: int, reclaimable_bytes: int) -> None:
    """What was counted for a repository."""
    _SET_RECLAIMABLE.run(connection, of_repository=repository_id, new_bytes=reclaimable_bytes)


def list_sizes(connection: Connection, repository_ids: Sequence[int], default_bytes: int | None) -> dict[int, RepositoryUsage]:
    """What repositories hold, and the quotas of their namespaces; `default_bytes` is that of a namespace that was given none."""
    rows = itertools.chain.from_iterable(connection.execute(_SIZES, {"repository_ids": ids}) for ids in _batches(repository_ids))
    return {row.id: RepositoryUsage(row.size_bytes, default_bytes if row.limit_bytes is None else row.limit_bytes) for row in rows}
