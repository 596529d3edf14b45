"""Read the usage log. Whoever calls these has checked the caller."""

from pierhead.audit import store
from pierhead.audit.model import DayCount, LogFilter, LogPage, LogPosition
from pierhead.platform.database import UnitOfWork


def list_entries(work: UnitOfWork, wanted: LogFilter, *, after: LogPosition | None = None, limit: int) -> LogPage:
    """A page of entries, newest first."""
    return store.list_entries(work.connection, wanted, after, limit)


def count_by_day(work: UnitOfWork, wanted: LogFilter) -> list[DayCount]:
    """How often each kind happened on each day of the span, the oldest day first."""
    return store.count_by_day(work.connection, wanted)
