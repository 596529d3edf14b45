"""Jobs that return: every node computes the same ticks, and one of them makes the job of each."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import ConfigurationError, NotFound
from pierhead.platform.jobs.model import Job, ScheduleRow
from pierhead.platform.jobs.queue import enqueue
from pierhead.platform.jobs.store import schedules as store

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that is put into the queue every so many whole seconds, on every node that has a worker, and runs on one."""

    name: str
    every_seconds: int
    job: Job[Any]

    def __post_init__(self) -> None:
        if self.every_seconds < 1:
            raise ConfigurationError(f"The schedule {self.name} must wait at least 1 second.")

    def latest_tick(self, now: datetime) -> datetime:
        """The last moment, at or before now, at which the job was due. Shifted by the name, so that schedules do not all start at once."""
        shift = zlib.crc32(self.name.encode()) % self.every_seconds
        elapsed = int((now - _EPOCH).total_seconds()) - shift
        return _EPOCH + timedelta(seconds=elapsed - elapsed % self.every_seconds + shift)


class UnknownSchedule(NotFound):
    """No schedule has this name."""

    def __init__(self, name: str) -> None:
        super().__init__("There is no such schedule.", detail={"schedule": name})


class Timetable:
    """The schedules of one node, and which ticks it need not ask the database about."""

    def __init__(self, schedules: Iterable[Schedule]) -> None:
        self._schedules = {schedule.name: schedule for schedule in schedules}
        self._settled: dict[str, datetime] = {}

    def list_due(self, now: datetime) -> list[Schedule]:
        """Schedules whose latest tick is not known to be taken."""
        return [s for s in self._schedules.values() if self._settled.get(s.name) != s.latest_tick(now)]

    def settle(self, ticks: dict[str, datetime]) -> None:
        """Remember ticks that `enqueue_due` found taken; call it after the commit."""
        self._settled |= ticks


def enqueue_due(work: UnitOfWork, schedules: Sequence[Schedule]) -> dict[str, datetime]:
    """Make the job of each schedule's latest tick unless a node has done so; the ticks that are taken now, by schedule.

    Ticks that passed while no worker ran are not made up for: the latest one stands for all. A schedule whose last job has not
    ended, or that is paused, gets no job, and its tick is not taken: the job is made as soon as that changes.
    """
    taken: dict[str, datetime] = {}
    for schedule in sorted(schedules, key=lambda each: each.name):
        tick = schedule.latest_tick(work.now)
        key = f"{schedule.name}@{int(tick.timestamp())}"
        store.add(work.connection, schedule.name)
        if store.take_tick(work.connection, schedule.name, tick, key):
            enqueue(work, schedule.job, key=key, schedule=schedule.name)
            taken[schedule.name] = tick
        elif store.is_taken(work.connection, schedule.name, tick):
            taken[schedule.name] = tick
    return taken


def run_now(work: UnitOfWork, schedule: Schedule) -> bool:
    """Make the schedule's job at once, by hand. False when one made by hand has not ended."""
    return enqueue(work, schedule.job, key=f"{schedule.name}@hand", schedule=schedule.name)


def pause(work: UnitOfWork, name: str, *, paused: bool) -> None:
    """Switch a schedule off or on, for all nodes. Raises UnknownSchedule."""
    if not store.set_paused(work.connection, name, paused=paused):
        raise UnknownSchedule(name)


def list_schedules(work: UnitOfWork) -> Sequence[ScheduleRow]:
    """Every schedule that any node has known, by name."""
    return store.list_schedules(work.connection)
