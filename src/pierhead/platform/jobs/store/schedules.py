"""Queries of the schedule: one row for each schedule, with its last tick and the end of its last run."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, or_, select, update

from pierhead.platform.database import upsert
from pierhead.platform.jobs.model import JobResult, JobState, ScheduleRow
from pierhead.platform.jobs.tables import job, schedule_run

_COLUMNS = (
    schedule_run.c.name,
    schedule_run.c.is_paused,
    schedule_run.c.tick_at,
    schedule_run.c.started_at,
    schedule_run.c.duration_seconds,
    schedule_run.c.result,
    schedule_run.c.error,
)
_LIST = select(*_COLUMNS).order_by(schedule_run.c.name)
_ADD = upsert(schedule_run).on_conflict_do_nothing(index_elements=[schedule_run.c.name])
_UNFINISHED = exists().where(job.c.key == schedule_run.c.job_key, job.c.state != JobState.DEAD.value)
_TAKE_TICK = (
    update(schedule_run)
    .where(
        schedule_run.c.name == bindparam("schedule"),
        or_(schedule_run.c.tick_at.is_(None), schedule_run.c.tick_at < bindparam("tick")),
        schedule_run.c.is_paused.is_(False),
        ~_UNFINISHED,
    )
    .values(tick_at=bindparam("tick"), job_key=bindparam("tick_key"))
)
_TAKEN = select(schedule_run.c.tick_at >= bindparam("tick")).where(schedule_run.c.name == bindparam("schedule"))
_PAUSE = update(schedule_run).where(schedule_run.c.name == bindparam("schedule")).values(is_paused=bindparam("paused"))
_RECORD = (
    update(schedule_run)
    .where(schedule_run.c.name == bindparam("schedule"))
    .values(
        started_at=bindparam("run_started_at"),
        duration_seconds=bindparam("run_seconds"),
        result=bindparam("run_result"),
        error=bindparam("run_error"),
    )
)


def add(connection: Connection, name: str) -> None:
    """Make the schedule's row unless it is there."""
    connection.execute(_ADD, {"name": name, "is_paused": False})


def take_tick(connection: Connection, name: str, tick: datetime, key: str) -> bool:
    """Whether the caller is the one that makes the tick's job: no node has, the schedule goes, and the job before has ended."""
    return connection.execute(_TAKE_TICK, {"schedule": name, "tick": tick, "tick_key": key}).rowcount == 1


def is_taken(connection: Connection, name: str, tick: datetime) -> bool:
    """Whether some node has made the job of this tick or of a later one."""
    return bool(connection.execute(_TAKEN, {"schedule": name, "tick": tick}).scalar())


def set_paused(connection: Connection, name: str, *, paused: bool) -> bool:
    """Stop or start a schedule. False when no schedule of that name has ever run."""
    return connection.execute(_PAUSE, {"schedule": name, "paused": paused}).rowcount == 1


def record_run(
    connection: Connection, name: str, *, started_at: datetime, duration_seconds: float, result: JobResult, error: str | None
) -> None:
    """Keep how the last attempt ended."""
    values = {"run_started_at": started_at, "run_seconds": duration_seconds, "run_result": result.value, "run_error": error}
    connection.execute(_RECORD, {"schedule": name, **values})


def list_schedules(connection: Connection) -> list[ScheduleRow]:
    """Every schedule that any node has known, by name."""
    return [ScheduleRow(*row[:5], None if row[5] is None else JobResult(row[5]), row[6]) for row in connection.execute(_LIST)]
