"""What superusers see of background jobs and schedules, and how they set them going again."""

from collections.abc import Sequence
from dataclasses import dataclass

from pierhead.access.model.identity import Identity
from pierhead.accounts.model.names import is_storable
from pierhead.administration.superuser import require_superuser
from pierhead.platform import jobs
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import AlreadyExists
from pierhead.platform.jobs import JobNotFound, JobRow, JobState, Schedule
from pierhead.platform.jobs.model import ScheduleRow
from pierhead.platform.jobs.schedule import UnknownSchedule


class RunsAlready(AlreadyExists):
    """The run that was asked for before has not ended."""

    message = "The schedule's job has been started by hand and has not ended."


@dataclass(frozen=True, slots=True)
class JobPage:
    """Jobs, oldest first, and the row behind which the next page begins; None when there is none."""

    jobs: Sequence[JobRow]
    following: int | None


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule of this version, and what the database knows of it; None when no worker has seen it yet."""

    schedule: Schedule
    row: ScheduleRow | None


def list_jobs(work: UnitOfWork, identity: Identity, *, state: JobState | None, after: int, limit: int) -> JobPage:
    """Unfinished jobs. Raises SignInRequired and NotAllowed, as do the others."""
    require_superuser(identity, reads=True)
    found = jobs.list_jobs(work, state=state, after_id=after, limit=limit + 1)
    shown = found[:limit]
    return JobPage(shown, shown[-1].id if len(found) > limit else None)


def run_job_again(work: UnitOfWork, identity: Identity, key: str) -> None:
    """Give a dead job all its attempts again. Raises JobNotFound and JobNotDead."""
    require_superuser(identity)
    _require_key(key)
    jobs.run_again(work, key)


def cancel_job(work: UnitOfWork, identity: Identity, key: str) -> None:
    """Remove a waiting or dead job, or ask a running one to stop. Raises JobNotFound."""
    require_superuser(identity)
    _require_key(key)
    jobs.cancel(work, key)


def list_schedules(work: UnitOfWork, identity: Identity, schedules: Sequence[Schedule]) -> list[ScheduleView]:
    """The schedules of this version, by name."""
    require_superuser(identity, reads=True)
    rows = {row.name: row for row in jobs.list_schedules(work)}
    return [ScheduleView(each, rows.get(each.name)) for each in sorted(schedules, key=lambda each: each.name)]


def pause_schedule(work: UnitOfWork, identity: Identity, schedules: Sequence[Schedule], name: str, *, paused: bool) -> None:
    """Switch a schedule off or on, for all nodes. Raises UnknownSchedule, also for one that no worker has seen yet."""
    require_superuser(identity)
    jobs.pause(work, _get_schedule(schedules, name).name, paused=paused)


def run_schedule_now(work: UnitOfWork, identity: Identity, schedules: Sequence[Schedule], name: str) -> None:
    """Make the schedule's job at once. Raises UnknownSchedule and RunsAlready."""
    require_superuser(identity)
    if not jobs.run_now(work, _get_schedule(schedules, name)):
        raise RunsAlready


def _get_schedule(schedules: Sequence[Schedule], name: str) -> Schedule:
    for schedule in schedules:
        if schedule.name == name:
            return schedule
    raise UnknownSchedule(name)


def _require_key(key: str) -> None:
    if not is_storable(key):
        raise JobNotFound(key.replace("\0", ""))
