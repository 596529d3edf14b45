"""Every query of audit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select

from pierhead.audit.model import LogEntry
from pierhead.audit.tables import audit_log, pull_counter
from pierhead.platform.database import upsert

_ADD = insert(audit_log)
_COLUMNS = (
    audit_log.c.kind,
    audit_log.c.namespace_id,
    audit_log.c.repository_id,
    audit_log.c.performer_kind,
    audit_log.c.performer_name,
    audit_log.c.ip,
    audit_log.c.metadata,
    audit_log.c.created_at,
)
_OF_NAMESPACE = (
    select(*_COLUMNS)
    .where(audit_log.c.namespace_id == bindparam("namespace_id"))
    .order_by(audit_log.c.created_at.desc(), audit_log.c.id.desc())
    .limit(bindparam("limit"))
)
_COUNT = upsert(pull_counter)
_COUNT_PULLS = _COUNT.on_conflict_do_update(
    index_elements=[pull_counter.c.repository_id, pull_counter.c.tag],
    set_={"pulls": pull_counter.c.pulls + _COUNT.excluded.pulls, "last_pulled_at": _COUNT.excluded.last_pulled_at},
)
_PULLS = select(pull_counter.c.pulls, pull_counter.c.last_pulled_at).where(
    pull_counter.c.repository_id == bindparam("repository_id"), pull_counter.c.tag == bindparam("tag")
)
_FORGET_PULLS = delete(pull_counter).where(pull_counter.c.repository_id == bindparam("repository_id"))


def add_entries(connection: Connection, entries: Sequence[LogEntry]) -> None:
    """Append entries, in one statement."""
    connection.execute(
        _ADD,
        [
            {
                "kind": entry.kind,
                "namespace_id": entry.namespace_id,
                "repository_id": entry.repository_id,
                "performer_kind": entry.performer_kind,
                "performer_name": entry.performer_name,
                "ip": entry.ip,
                "metadata": msgspec.json.encode(entry.metadata).decode(),
                "created_at": entry.created_at,
            }
            for entry in entries
        ],
    )


def list_entries_of_namespace(connection: Connection, namespace_id: int, limit: int) -> list[LogEntry]:
    """The newest entries first."""
    rows = connection.execute(_OF_NAMESPACE, {"namespace_id": namespace_id, "limit": limit})
    return [LogEntry(*row[:6], msgspec.json.decode(row.metadata), row.created_at) for row in rows]


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
