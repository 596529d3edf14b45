"""Time as an argument: everything that asks for the time is given a clock."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the present moment."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is told to move, for tests."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Move forward by the given span."""
        self._now += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def to_milliseconds(moment: datetime) -> int:
    """Whole Unix milliseconds of a moment, rounded down."""
    return int(moment.timestamp() * 1000)


def from_milliseconds(milliseconds: int) -> datetime:
    """The moment of whole Unix milliseconds, in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
