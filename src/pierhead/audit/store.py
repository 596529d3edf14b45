"""Every query of audit."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, Text, bindparam, delete, func, insert, literal_column, or_, select

from pierhead.audit.model import SERVICE_KEY_KINDS, DayCount, LogEntry, LogFilter, LogPage, LogPosition, PullEntry
from pierhead.audit.tables import audit_log, pull_counter
from pierhead.platform.database import upsert

_ADD = insert(audit_log)
_ADD_OR_RAISE = upsert(audit_log)
_ADD_PULLS = _ADD_OR_RAISE.on_conflict_do_update(
    index_elements=[audit_log.c.pull_key],
    index_where=audit_log.c.pull_key.is_not(None),
    set_={
        "pulls": audit_log.c.pulls + _ADD_OR_RAISE.excluded.pulls,
        "ip": _ADD_OR_RAISE.excluded.ip,
        "created_at": _ADD_OR_RAISE.excluded.created_at,
    },
)
_COLUMNS = (
    audit_log.c.id,
    audit_log.c.kind,
    audit_log.c.namespace_id,
    audit_log.c.repository_id,
    audit_log.c.performer_kind,
    audit_log.c.performer_name,
    audit_log.c.ip,
    audit_log.c.metadata,
    audit_log.c.created_at,
    audit_log.c.pulls,
)
_NEWEST_FIRST = (audit_log.c.created_at.desc(), audit_log.c.id.desc())
_OF_NAMESPACE = (
    select(*_COLUMNS).where(audit_log.c.namespace_id == bindparam("namespace_id")).order_by(*_NEWEST_FIRST).limit(bindparam("limit"))
)
_REMOVE = delete(audit_log).where(
    audit_log.c.id.in_(
        select(audit_log.c.id).where(audit_log.c.created_at < bindparam("before")).order_by(audit_log.c.created_at).limit(bindparam("most"))
    )
)
_COUNT = upsert(pull_counter)
_COUNT_PULLS = _COUNT.on_conflict_do_update(
    index_elements=[pull_counter.c.repository_id, pull_counter.c.tag],
    set_={"pulls": pull_counter.c.pulls + _COUNT.excluded.pulls, "last_pulled_at": _COUNT.excluded.last_pulled_at},
)
_PULLS = select(pull_counter.c.pulls, pull_counter.c.last_pulled_at).where(
    pull_counter.c.repository_id == bindparam("repository_id"), pull_counter.c.tag == bindparam("tag")
)
_SUM_PULLS = (
    select(pull_counter.c.repository_id, func.sum(pull_counter.c.pulls).label("pulls"))
    .where(pull_counter.c.repository_id.in_(bindparam("repository_ids", expanding=True)))
    .group_by(pull_counter.c.repository_id)
)
_FORGET_PULLS = delete(pull_counter).where(pull_counter.c.repository_id == bindparam("repository_id"))

# What a filter may ask for beside the time, each by the name of its field.
_CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "namespace_id": audit_log.c.namespace_id == bindparam("namespace_id"),
    "repository_id": audit_log.c.repository_id == bindparam("repository_id"),
    "performer": audit_log.c.performer_name == bindparam("performer"),
    "kind": audit_log.c.kind == bindparam("kind"),
    # The stored JSON has no spaces, and quotes inside of its texts are escaped: only the fact itself looks like this.
    # LIKE would not do: SQLite's takes capitals for small letters.
    "tag": func.replace(audit_log.c.metadata, bindparam("tag", type_=Text), "") != audit_log.c.metadata,
}
_DAY: ColumnElement[str] = literal_column("day")
_NO_SERVICE_KEYS = audit_log.c.kind.not_in(SERVICE_KEY_KINDS)


def _filtered(statement: Select[Any], asked: tuple[str, ...], with_service_keys: bool) -> Select[Any]:
    statement = statement.where(audit_log.c.created_at >= bindparam("since"), *(_CONDITIONS[name] for name in asked))
    return statement if with_service_keys else statement.where(_NO_SERVICE_KEYS)


@cache
def _page(asked: tuple[str, ...], with_service_keys: bool) -> Select[Any]:
    """One range of the index on the time, read backwards from `until`; entries of that very moment belong to it below the row."""
    return (
        _filtered(select(*_COLUMNS), asked, with_service_keys)
        .where(
            audit_log.c.created_at <= bindparam("until"),
            or_(audit_log.c.created_at < bindparam("until"), audit_log.c.id < bindparam("below_row")),
        )
        .order_by(*_NEWEST_FIRST)
        .limit(bindparam("limit"))
    )


@cache
def _day_counts(engine: str, asked: tuple[str, ...], with_service_keys: bool) -> Select[Any]:
    """The day is cut out of SQLite's text, which is in UTC; PostgreSQL is told to look at it there."""
    if engine == "sqlite":
        day: ColumnElement[Any] = func.substr(audit_log.c.created_at, 1, 10)
    else:
        day = func.to_char(func.timezone("UTC", audit_log.c.created_at), "YYYY-MM-DD")
    counted = select(audit_log.c.kind, day.label("day"), func.sum(func.coalesce(audit_log.c.pulls, 1)).label("count"))
    return (
        _filtered(counted, asked, with_service_keys)
        .where(audit_log.c.created_at < bindparam("until"))
        .group_by(audit_log.c.kind, _DAY)
        .order_by(_DAY, audit_log.c.kind)
    )


def _row(entry: LogEntry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "namespace_id": entry.namespace_id,
        "repository_id": entry.repository_id,
        "performer_kind": entry.performer_kind,
        "performer_name": entry.performer_name,
        "ip": entry.ip,
        "metadata": msgspec.json.encode(entry.metadata).decode(),
        "created_at": entry.created_at,
    }


def _entry(row: Row[*tuple[Any, ...]]) -> LogEntry:
    facts: dict[str, object] = msgspec.json.decode(row.metadata)
    if row.pulls is not None:
        facts["count"] = row.pulls
    return LogEntry(row.kind, row.namespace_id, row.repository_id, row.performer_kind, row.performer_name, row.ip, facts, row.created_at)


def add_entries(connection: Connection, entries: Sequence[LogEntry]) -> None:
    """Append entries, in one statement."""
    connection.execute(_ADD, [_row(entry) for entry in entries])


def add_pulls(connection: Connection, pulls: Sequence[PullEntry]) -> None:
    """Append entries of pulls, or add to those of the same key. Rows are taken in a fixed order, so that two processes cannot deadlock."""
    rows = [{**_row(each.entry), "pull_key": each.key, "pulls": each.pulls} for each in sorted(pulls, key=lambda each: each.key)]
    connection.execute(_ADD_PULLS, rows)


def list_entries_of_namespace(connection: Connection, namespace_id: int, limit: int) -> list[LogEntry]:
    """The newest entries first."""
    return [_entry(row) for row in connection.execute(_OF_NAMESPACE, {"namespace_id": namespace_id, "limit": limit})]


def list_entries(connection: Connection, wanted: LogFilter, after: LogPosition | None, limit: int) -> LogPage:
    """A page of the entries that the filter means, behind a position."""
    asked, values = _ask(wanted)
    values |= {"until": wanted.until, "below_row": 0, "limit": limit + 1}
    if after is not None and after.created_at < wanted.until:
        values |= {"until": after.created_at, "below_row": after.row}
    rows = connection.execute(_page(asked, wanted.with_service_keys), values).all()
    shown = rows[:limit]
    following = LogPosition(shown[-1].created_at, shown[-1].id) if len(rows) > limit else None
    return LogPage([_entry(row) for row in shown], following)


def count_by_day(connection: Connection, wanted: LogFilter) -> list[DayCount]:
    """How often each kind happened on each day, the oldest day first."""
    asked, values = _ask(wanted)
    statement = _day_counts(connection.dialect.name, asked, wanted.with_service_keys)
    rows = connection.execute(statement, {**values, "until": wanted.until})
    return [DayCount(kind, date.fromisoformat(day), int(count)) for kind, day, count in rows]


def _ask(wanted: LogFilter) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Which conditions the filter needs, and the values of the statement that has them."""
    asked = tuple(name for name in _CONDITIONS if getattr(wanted, name) is not None)
    values = {name: getattr(wanted, name) for name in asked} | {"since": wanted.since}
    if wanted.tag is not None:
        values["tag"] = '"tag":' + msgspec.json.encode(wanted.tag).decode()
    return asked, values


def remove_entries(connection: Connection, before: datetime, most: int) -> int:
    """Remove up to `most` of the oldest entries from before a moment; how many."""
    return connection.execute(_REMOVE, {"before": before, "most": most}).rowcount


def count_pulls(connection: Connection, pulls: Mapping[tuple[int, str], int], moment: datetime) -> None:
    """Add to the counters of (repository id, tag). Rows are taken in a fixed order, so that two processes cannot deadlock."""
    parameters: list[dict[str, Any]] = [
        {"repository_id": repository_id, "tag": tag, "pulls": number, "last_pulled_at": moment}
        for (repository_id, tag), number in sorted(pulls.items())
    ]
    connection.execute(_COUNT_PULLS, parameters)


def find_pulls(connection: Connection, repository_id: int, tag: str) -> tuple[int, datetime | None]:
    """How often a tag was pulled, and when last; the empty tag stands for pulls by digest."""
    row = connection.execute(_PULLS, {"repository_id": repository_id, "tag": tag}).first()
    return (0, None) if row is None else (row.pulls, row.last_pulled_at)


def delete_pulls(connection: Connection, repository_id: int) -> None:
    """Forget the counters of a repository that goes."""
    connection.execute(_FORGET_PULLS, {"repository_id": repository_id})


def sum_pulls(connection: Connection, repository_ids: Sequence[int]) -> dict[int, int]:
    """How often each repository was pulled; those without a pull are left out."""
    return {row.repository_id: int(row.pulls) for row in connection.execute(_SUM_PULLS, {"repository_ids": list(repository_ids)})}
