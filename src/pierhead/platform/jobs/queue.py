"""Put jobs into the queue, inside the transaction that causes them; cancel, list and revive them."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pierhead.platform.database import UnitOfWork
from pierhead.platform.jobs.model import Job, JobNotDead, JobNotFound, JobRow, JobState
from pierhead.platform.jobs.registry import encode
from pierhead.platform.jobs.store import jobs as store


def enqueue(
    work: UnitOfWork,
    job: Job[Any],
    *,
    key: str | None = None,
    delay_seconds: float = 0,
    queue: str | None = None,
    schedule: str | None = None,
) -> bool:
    """Add a job to the queue; it is seen when the caller's transaction commits. Whether it was added.

    A job of the same key that waits, runs or is dead makes this do nothing. A finished job's key is free again, so the key
    alone does not make something happen once only; and what changes while a job runs is not seen by that run.
    """
    key = key or f"{job.name}:{uuid.uuid4()}"
    return enqueue_encoded(work, type(job), encode(job), key=key, delay_seconds=delay_seconds, queue=queue, schedule=schedule)


def enqueue_encoded(
    work: UnitOfWork,
    kind: type[Job[Any]],
    payload: str,
    *,
    key: str,
    delay_seconds: float = 0,
    queue: str | None = None,
    schedule: str | None = None,
) -> bool:
    """As `enqueue`, for a payload that is JSON already."""
    added = store.insert_job(
        work.connection,
        key=key,
        name=kind.name,
        queue=queue or kind.queue,
        payload=payload,
        max_attempts=kind.max_attempts,
        run_at=work.now + timedelta(seconds=delay_seconds),
        created_at=work.now,
        schedule=schedule,
    )
    if added and delay_seconds <= 0:
        work.ring_after_commit()
    return added


def cancel(work: UnitOfWork, key: str) -> None:
    """Remove a waiting or dead job, or ask a running one to stop. Raises JobNotFound."""
    if not store.cancel(work.connection, key):
        raise JobNotFound(key)


def run_again(work: UnitOfWork, key: str) -> None:
    """Give a dead job all its attempts again, from now. Raises JobNotFound and JobNotDead."""
    if not store.revive(work.connection, key, work.now):
        if store.find_job(work.connection, key) is None:
            raise JobNotFound(key)
        raise JobNotDead(key)
    work.ring_after_commit()


def find_job(work: UnitOfWork, key: str) -> JobRow | None:
    """The job of that key that has not finished."""
    return store.find_job(work.connection, key)


def list_jobs(work: UnitOfWork, *, state: JobState | None = None, after_id: int = 0, limit: int = 50) -> Sequence[JobRow]:
    """A page of unfinished jobs, oldest first; the next page begins after the last row's id."""
    return store.list_jobs(work.connection, state=state, after_id=after_id, limit=limit)


def count_by_state(work: UnitOfWork) -> dict[tuple[str, JobState], int]:
    """How many jobs each (queue, state) holds."""
    return store.count_by_state(work.connection)
