"""Queries of the job queue. Times are arguments; a lease token guards what a worker changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Update, bindparam, case, delete, func, literal, select, update
from sqlalchemy.sql.elements import ColumnElement

from pierhead.platform.database import upsert
from pierhead.platform.jobs.model import ClaimedJob, JobRow, JobState
from pierhead.platform.jobs.tables import job

_INSERT = upsert(job).on_conflict_do_nothing(index_elements=[job.c.key]).returning(job.c.id)

_CLAIMED = (
    job.c.id,
    job.c.key,
    job.c.name,
    job.c.queue,
    job.c.payload,
    job.c.attempts,
    job.c.max_attempts,
    job.c.is_cancelled,
    job.c.lease_token,
    job.c.schedule,
)


def _claim(queue: ColumnElement[bool], count: ColumnElement[int] | Select[tuple[int]]) -> Update:
    """Dead jobs have no time, and a lease is a time in the future: `run_at <= now` finds what waits and what a dead worker left."""
    limit = count.scalar_subquery() if isinstance(count, Select) else count
    due = (
        select(job.c.id)
        .where(job.c.run_at <= bindparam("due_at"), job.c.name.in_(bindparam("known_names", expanding=True)), queue)
        .order_by(job.c.run_at, job.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return (
        update(job)
        .where(job.c.id.in_(select(due.c.id)))
        .values(
            state=JobState.RUNNING.value,
            run_at=bindparam("leased_until"),
            attempts=job.c.attempts + 1,
            lease_owner=bindparam("owner"),
            lease_token=bindparam("token"),
            claimed_at=bindparam("due_at"),
        )
        .returning(*_CLAIMED)
    )


_RUNNING = func.count(job.c.id)
_ROOM = select(
    case(
        (_RUNNING + bindparam("most") <= bindparam("limit"), bindparam("most")),
        (bindparam("limit") > _RUNNING, bindparam("limit") - _RUNNING),
        else_=0,
    )
).where(job.c.queue == bindparam("in_queue"), job.c.state == JobState.RUNNING.value, job.c.run_at > bindparam("due_at"))

_CLAIM_UNLIMITED = _claim(job.c.queue.not_in(bindparam("limited_queues", expanding=True)), bindparam("most"))
_CLAIM_LIMITED = _claim(job.c.queue == bindparam("in_queue"), _ROOM)
# Two nodes that count at the same moment would both see room for one more; SQLite's writers are alone anyway.
_LOCK_QUEUE = select(func.pg_advisory_xact_lock(func.hashtext(literal("pierhead job queue ") + bindparam("in_queue"))))

_HELD = (job.c.id == bindparam("job_id"), job.c.lease_token == bindparam("token"))
_FREE = {"state": JobState.QUEUED.value, "lease_owner": None, "lease_token": None}

_EXTEND = update(job).where(*_HELD).values(run_at=bindparam("leased_until")).returning(job.c.is_cancelled)
_FINISH = delete(job).where(*_HELD)
_RETRY = update(job).where(*_HELD).values(**_FREE, run_at=bindparam("again_at"), last_error=bindparam("error"))
_GIVE_BACK = update(job).where(*_HELD).values(**_FREE, run_at=bindparam("again_at"), attempts=job.c.attempts - 1)
_BURY = (
    update(job)
    .where(*_HELD)
    .values(_FREE | {"state": JobState.DEAD.value, "run_at": None, "attempts": job.c.max_attempts, "last_error": bindparam("error")})
)

_BY_KEY = job.c.key == bindparam("job_key")
_DELETE_IDLE = delete(job).where(_BY_KEY, job.c.state != JobState.RUNNING.value)
_CANCEL = update(job).where(_BY_KEY).values(is_cancelled=True)
_REVIVE = (
    update(job)
    .where(_BY_KEY, job.c.state == JobState.DEAD.value)
    .values(state=JobState.QUEUED.value, run_at=bindparam("again_at"), attempts=0, is_cancelled=False)
)
_REMOVE_DEAD = delete(job).where(
    job.c.id.in_(
        select(job.c.id).where(job.c.state == JobState.DEAD.value, job.c.claimed_at < bindparam("before")).limit(bindparam("most"))
    )
)

_SHOWN = (
    job.c.id,
    job.c.key,
    job.c.name,
    job.c.queue,
    job.c.payload,
    job.c.state,
    job.c.run_at,
    job.c.attempts,
    job.c.max_attempts,
    job.c.is_cancelled,
    job.c.lease_owner,
    job.c.claimed_at,
    job.c.last_error,
    job.c.schedule,
    job.c.created_at,
)
_FIND = select(*_SHOWN).where(_BY_KEY)
_LIST = select(*_SHOWN).where(job.c.id > bindparam("after_id")).order_by(job.c.id).limit(bindparam("most"))
_LIST_STATE = _LIST.where(job.c.state == bindparam("in_state"))
_COUNT = select(job.c.queue, job.c.state, func.count()).group_by(job.c.queue, job.c.state)


def insert_job(
    connection: Connection,
    *,
    key: str,
    name: str,
    queue: str,
    payload: str,
    max_attempts: int,
    run_at: datetime,
    created_at: datetime,
    schedule: str | None = None,
) -> bool:
    """Add a job unless one of that key is there, in any state. Whether it was added."""
    values = {
        "key": key,
        "name": name,
        "queue": queue,
        "payload": payload,
        "state": JobState.QUEUED.value,
        "max_attempts": max_attempts,
        "run_at": run_at,
        "created_at": created_at,
        "schedule": schedule,
        "attempts": 0,
        "is_cancelled": False,
    }
    return connection.execute(_INSERT, values).first() is not None


def claim_unlimited(
    connection: Connection,
    *,
    names: Sequence[str],
    limited_queues: Sequence[str],
    most: int,
    now: datetime,
    leased_until: datetime,
    owner: str,
    token: str,
) -> list[ClaimedJob]:
    """Lease up to `most` due jobs of the given names from the queues without a limit, the longest due first."""
    values = {"known_names": names, "limited_queues": limited_queues, "most": most, "due_at": now}
    return _claimed(connection.execute(_CLAIM_UNLIMITED, {**values, "leased_until": leased_until, "owner": owner, "token": token}).all())


def claim_limited(
    connection: Connection,
    *,
    names: Sequence[str],
    queue: str,
    limit: int,
    most: int,
    now: datetime,
    leased_until: datetime,
    owner: str,
    token: str,
) -> list[ClaimedJob]:
    """As `claim_unlimited`, from one queue of which no more than `limit` jobs run at once. Locks the queue on PostgreSQL."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK_QUEUE, {"in_queue": queue})
    values = {"known_names": names, "in_queue": queue, "limit": limit, "most": most, "due_at": now}
    return _claimed(connection.execute(_CLAIM_LIMITED, {**values, "leased_until": leased_until, "owner": owner, "token": token}).all())


def _claimed(rows: Sequence[Row[*tuple[Any, ...]]]) -> list[ClaimedJob]:
    return [ClaimedJob(*row) for row in rows]


def extend(connection: Connection, job_id: int, token: str, leased_until: datetime) -> bool | None:
    """Lengthen a lease. Whether the job was cancelled; None when the lease is lost."""
    row = connection.execute(_EXTEND, {"job_id": job_id, "token": token, "leased_until": leased_until}).first()
    return None if row is None else bool(row[0])


def finish(connection: Connection, job_id: int, token: str) -> bool:
    """Remove a job that is done. False when the lease is lost."""
    return connection.execute(_FINISH, {"job_id": job_id, "token": token}).rowcount == 1


def retry(connection: Connection, job_id: int, token: str, again_at: datetime, error: str) -> bool:
    """Queue a failed job again. False when the lease is lost."""
    return connection.execute(_RETRY, {"job_id": job_id, "token": token, "again_at": again_at, "error": error}).rowcount == 1


def give_back(connection: Connection, job_id: int, token: str, again_at: datetime) -> bool:
    """Queue a job again as if it had not been claimed. False when the lease is lost."""
    return connection.execute(_GIVE_BACK, {"job_id": job_id, "token": token, "again_at": again_at}).rowcount == 1


def bury(connection: Connection, job_id: int, token: str, error: str) -> bool:
    """Keep a job that has used up its attempts. False when the lease is lost."""
    return connection.execute(_BURY, {"job_id": job_id, "token": token, "error": error}).rowcount == 1


def cancel(connection: Connection, key: str) -> bool:
    """Remove a waiting or dead job, or set a running one's flag. False when none has this key."""
    # The update locks the row first, so that the job cannot change its state between the two statements.
    if connection.execute(_CANCEL, {"job_key": key}).rowcount == 0:
        return False
    connection.execute(_DELETE_IDLE, {"job_key": key})
    return True


def revive(connection: Connection, key: str, again_at: datetime) -> bool:
    """Queue a dead job with all its attempts. False when no dead job has this key."""
    return connection.execute(_REVIVE, {"job_key": key, "again_at": again_at}).rowcount == 1


def remove_dead(connection: Connection, before: datetime, most: int) -> int:
    """Remove dead jobs whose last attempt began before a moment; how many."""
    return connection.execute(_REMOVE_DEAD, {"before": before, "most": most}).rowcount


def find_job(connection: Connection, key: str) -> JobRow | None:
    """The job of that key that has not finished."""
    row = connection.execute(_FIND, {"job_key": key}).first()
    return None if row is None else _shown(row)


def list_jobs(connection: Connection, *, state: JobState | None = None, after_id: int = 0, limit: int = 50) -> list[JobRow]:
    """A page of unfinished jobs, oldest first; the next page begins after the last row's id."""
    if state is None:
        rows = connection.execute(_LIST, {"after_id": after_id, "most": limit}).all()
    else:
        rows = connection.execute(_LIST_STATE, {"after_id": after_id, "most": limit, "in_state": state.value}).all()
    return [_shown(row) for row in rows]


def count_by_state(connection: Connection) -> dict[tuple[str, JobState], int]:
    """How many jobs each (queue, state) holds; for the metrics page."""
    return {(queue, JobState(state)): count for queue, state, count in connection.execute(_COUNT)}


def _shown(row: Row[*tuple[Any, ...]]) -> JobRow:
    values: list[Any] = list(row)
    values[5] = JobState(values[5])
    return JobRow(*values)
