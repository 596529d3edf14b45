"""What a background job is: a frozen dataclass that is stored as JSON and run at least once."""

import random
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from pierhead.platform.clock import Clock
from pierhead.platform.database import Database
from pierhead.platform.errors import Conflict, NotFound, PierheadError

_MAXIMUM_ERROR = 2000  # characters of an error that are kept

# The services that a job's run needs: a class or a protocol of the room's own. One worker gives all its jobs the same object.
S_contra = TypeVar("S_contra", contravariant=True)
S_co = TypeVar("S_co", covariant=True)


class JobState(StrEnum):
    """QUEUED: waits for its time. RUNNING: leased to a worker. DEAD: has used up its attempts and is kept for people to see."""

    QUEUED = "queued"
    RUNNING = "running"
    DEAD = "dead"


class JobResult(StrEnum):
    """How one attempt ended."""

    DONE = "done"
    FAILED = "failed"  # and will run again
    DEAD = "dead"
    CANCELLED = "cancelled"
    POSTPONED = "postponed"  # the job itself asked for a later time
    INTERRUPTED = "interrupted"  # the worker stops; the job runs elsewhere
    LOST = "lost"  # the lease ran out meanwhile; another worker's run counts


class JobNotFound(NotFound):
    """No job bears this key: it never existed, or it has finished."""

    def __init__(self, key: str) -> None:
        super().__init__("There is no such job; it may have finished.", detail={"key": key})


class JobNotDead(Conflict):
    """Only a job that has used up its attempts can be run again."""

    def __init__(self, key: str) -> None:
        super().__init__("The job has not failed; it is waiting or running.", detail={"key": key})


class Postponed(PierheadError):
    """Raised by a job: not now. It runs again after `after_seconds`, and the attempt is not counted."""

    message = "The job waits for a better time."

    def __init__(self, after_seconds: float, message: str | None = None) -> None:
        self.after_seconds = after_seconds
        super().__init__(message)


class JobStopped(PierheadError):
    """Raised inside a job by `context.check()`: it was cancelled, its lease is lost, or the worker stops."""

    message = "The job was asked to stop."


class JobContext(Generic[S_co]):
    """What a running job is given. The worker extends the lease and reads the cancel flag behind its back."""

    def __init__(self, services: S_co, database: Database, *, key: str, attempt: int, stopping: threading.Event) -> None:
        self._services = services
        self.database = database
        self.key = key
        self.attempt = attempt  # 1 is the first
        self._stopping = stopping  # of the worker
        self._cancelled = threading.Event()
        self._lost = threading.Event()

    @property
    def services(self) -> S_co:
        """What the composition root gave to the worker."""
        return self._services

    @property
    def clock(self) -> Clock:
        """The database's clock."""
        return self.database.clock

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody cancelled the job. Read by each heartbeat, so up to a third of the lease late."""
        return self._cancelled.is_set()

    @property
    def is_lost(self) -> bool:
        """Whether another worker may run the job by now."""
        return self._lost.is_set()

    @property
    def must_stop(self) -> bool:
        """Whether the job should end soon: cancelled, lost, or the worker stops."""
        return self.is_cancelled or self.is_lost or self._stopping.is_set()

    def check(self) -> None:
        """Raise JobStopped when the job should end; for loops of long jobs. An interrupted job runs again without losing an attempt."""
        if self.must_stop:
            raise JobStopped

    def mark_cancelled(self) -> None:
        """The heartbeat calls this."""
        self._cancelled.set()

    def mark_lost(self) -> None:
        """The heartbeat calls this."""
        self._lost.set()


class Job(ABC, Generic[S_contra]):
    """A kind of background work: a subclass is a frozen dataclass whose fields (JSON by msgspec) are the payload of one job.

    It runs at least once, maybe twice (a worker that loses its lease goes on), so `run` must be idempotent. `name` is stored: never rename
    it while jobs wait. A field that is added needs a default, since jobs of the earlier release may still wait.
    """

    name: ClassVar[str]
    queue: ClassVar[str] = "default"
    max_attempts: ClassVar[int] = 5
    retry_seconds: ClassVar[float] = 10  # before the second attempt; doubles with each further one
    longest_retry_seconds: ClassVar[float] = 3600

    @abstractmethod
    def run(self, context: JobContext[S_contra]) -> None:
        """Do the work, in a thread of the worker. Any exception means: again later, until the attempts are used up."""


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that a worker holds the lease of."""

    id: int
    key: str
    name: str
    queue: str
    payload: str
    attempts: int
    max_attempts: int
    is_cancelled: bool
    lease_token: str
    schedule: str | None


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as people see it."""

    id: int
    key: str
    name: str
    queue: str
    payload: str
    state: JobState
    run_at: datetime | None
    attempts: int
    max_attempts: int
    is_cancelled: bool
    lease_owner: str | None
    claimed_at: datetime | None
    last_error: str | None
    schedule: str | None
    created_at: datetime


def retry_delay(attempts: int, *, first_seconds: float, longest_seconds: float, chance: random.Random) -> timedelta:
    """How long to wait after the given number of failed attempts: doubling, bounded, and up to a quarter more so that crowds disperse."""
    doubled = first_seconds * 2.0 ** min(attempts - 1, 32)
    return timedelta(seconds=min(doubled, longest_seconds) * (1 + chance.random() / 4))


def describe_failure(error: Exception) -> str:
    """The error as it is stored and shown: bounded, and without what PostgreSQL cannot store (NUL, lone surrogates)."""
    said = f"{type(error).__name__}: {error}"[:_MAXIMUM_ERROR]
    return said.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule as people see it. The figures are of the last attempt that ended."""

    name: str
    is_paused: bool
    tick_at: datetime | None
    started_at: datetime | None
    duration_seconds: float | None
    result: JobResult | None
    error: str | None
