"""Queries about quotas of namespaces, and about how much of them is used."""

from typing import Any

from sqlalchemy import Connection, Integer, bindparam, delete, func, select, update

from pierhead.accounts.model.quotas import LimitKind, Quota, QuotaLimit, Usage
from pierhead.platform.database import Prepared, upsert
from pierhead.repositories.tables import namespace_usage, quota, quota_limit, repository

_namespace = bindparam("namespace_id", type_=Integer)
_FIND = Prepared(
    select(quota.c.id, quota.c.limit_bytes, quota_limit.c.id, quota_limit.c.kind, quota_limit.c.percent)
    .outerjoin(quota_limit, quota_limit.c.quota_id == quota.c.id)
    .where(quota.c.namespace_id == _namespace)
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
_new_usage: Any = {"namespace_id": _namespace, "unique_bytes": bindparam("change_bytes", type_=Integer), "reclaimable_bytes": 0}
_GROWTH = upsert(namespace_usage).values(_new_usage)
_GROW = Prepared(
    _GROWTH.on_conflict_do_update(
        index_elements=["namespace_id"], set_={"unique_bytes": namespace_usage.c.unique_bytes + _GROWTH.excluded.unique_bytes}
    ).returning(namespace_usage.c.unique_bytes)
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
_SETTING = upsert(namespace_usage).values(
    namespace_id=_namespace,
    unique_bytes=bindparam("unique_bytes", type_=Integer),
    reclaimable_bytes=bindparam("reclaimable_bytes", type_=Integer),
    counted_ms=bindparam("counted_ms", type_=Integer),
)
_SET = Prepared(
    _SETTING.on_conflict_do_update(
        index_elements=["namespace_id"],
        set_={name: _SETTING.excluded[name] for name in ("unique_bytes", "reclaimable_bytes", "counted_ms")},
    )
)
_LOCK = Prepared(select(namespace_usage.c.unique_bytes).where(namespace_usage.c.namespace_id == _namespace).with_for_update())
_SET_REPOSITORY = Prepared(
    update(repository)
    .where(repository.c.id == bindparam("repository_id"))
    .values(size_bytes=bindparam("new_size"), reclaimable_bytes=bindparam("new_reclaimable"))
)
_SIZES = select(repository.c.id, repository.c.size_bytes, repository.c.reclaimable_bytes).where(
    repository.c.id.in_(bindparam("repository_ids", expanding=True))
)


def find_quota(connection: Connection, namespace_id: int) -> Quota | None:
    """The quota that the namespace was given itself."""
    rows = _FIND.all(connection, namespace_id=namespace_id)
    if not rows:
        return None
    limits = tuple(QuotaLimit(row[2], LimitKind(row[3]), row[4]) for row in rows if row[2] is not None)
    return Quota(rows[0][0], rows[0][1], limits)


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


def grow_usage(connection: Connection, namespace_id: int, change_bytes: int) -> int:
    """Add to (or, when negative, take from) what the namespace uses; what it uses then. Others who change it wait for this transaction."""
    row = _GROW.first(connection, namespace_id=namespace_id, change_bytes=change_bytes)
    if row is None:
        raise AssertionError("an upsert returns its row")
    return int(row[0])


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


def set_usage(connection: Connection, namespace_id: int, *, unique_bytes: int, reclaimable_bytes: int, counted_ms: int) -> None:
    """Replace the figures by counted ones."""
    _SET.run(
        connection,
        namespace_id=namespace_id,
        unique_bytes=unique_bytes,
        reclaimable_bytes=reclaimable_bytes,
        counted_ms=counted_ms,
    )


def set_repository_figures(connection: Connection, repository_id: int, *, size_bytes: int, reclaimable_bytes: int) -> None:
    """Replace the figures of a repository by counted ones."""
    _SET_REPOSITORY.run(connection, repository_id=repository_id, new_size=size_bytes, new_reclaimable=reclaimable_bytes)


def list_sizes(connection: Connection, repository_ids: list[int]) -> dict[int, tuple[int, int]]:
    """(size, reclaimable) of repositories."""
    rows = connection.execute(_SIZES, {"repository_ids": repository_ids}) if repository_ids else ()
    return {row.id: (row.size_bytes, row.reclaimable_bytes) for row in rows}
