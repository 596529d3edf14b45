"""Every query of the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from pierhead.platform.outbox.tables import outbox_event

_INSERT = insert(outbox_event)
_WAITING = (
    select(outbox_event.c.id, outbox_event.c.uuid, outbox_event.c.name, outbox_event.c.payload, outbox_event.c.created_at)
    .where(outbox_event.c.dispatched_at.is_(None), outbox_event.c.name.in_(bindparam("known_names", expanding=True)))
    .order_by(outbox_event.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_MARK = update(outbox_event).where(outbox_event.c.id.in_(bindparam("ids", expanding=True))).values(dispatched_at=bindparam("moment"))
_REMOVE = delete(outbox_event).where(
    outbox_event.c.id.in_(select(outbox_event.c.id).where(outbox_event.c.dispatched_at < bindparam("before")).limit(bindparam("most")))
)
_COUNT = select(func.count()).where(outbox_event.c.dispatched_at.is_(None))


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event whose subscribers have no jobs yet."""

    id: int
    uuid: str
    name: str
    payload: str
    created_at: datetime


def insert_event(connection: Connection, *, uuid: str, name: str, payload: str, created_at: datetime) -> None:
    """Record an event."""
    connection.execute(_INSERT, {"uuid": uuid, "name": name, "payload": payload, "created_at": created_at})


def lock_waiting(connection: Connection, names: Sequence[str], most: int) -> list[WaitingEvent]:
    """The oldest events of the given names that are not dispatched and that no other dispatcher has locked."""
    return [WaitingEvent(*row) for row in connection.execute(_WAITING, {"known_names": names, "most": most})]


def mark_dispatched(connection: Connection, ids: Sequence[int], moment: datetime) -> None:
    """The jobs of these events are made."""
    connection.execute(_MARK, {"ids": ids, "moment": moment})


def remove_dispatched(connection: Connection, before: datetime, most: int) -> int:
    """Remove events that were dispatched before a moment; how many."""
    return connection.execute(_REMOVE, {"before": before, "most": most}).rowcount


def count_waiting(connection: Connection) -> int:
    """How many events are not dispatched."""
    return int(connection.execute(_COUNT).scalar_one())
