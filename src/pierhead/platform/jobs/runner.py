"""Runs one claimed job: the one place where a job's exception of any kind becomes a result."""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Generic, TypeVar

import structlog

from pierhead.platform.database import Database
from pierhead.platform.jobs.lease import Outcome, settle
from pierhead.platform.jobs.metrics import JobMetrics
from pierhead.platform.jobs.model import ClaimedJob, JobContext, JobResult, JobStopped, Postponed, describe_failure, retry_delay
from pierhead.platform.jobs.registry import JobRegistry

S = TypeVar("S")
_LOG = structlog.get_logger(__name__)


class JobRunner(Generic[S]):
    """Runs jobs in the calling thread and writes down how they ended."""

    def __init__(self, database: Database, registry: JobRegistry[S], *, chance: random.Random, metrics: JobMetrics | None) -> None:
        self._database = database
        self._registry = registry
        self._chance = chance
        self._metrics = metrics

    def run(self, claimed: ClaimedJob, context: JobContext[S]) -> JobResult:
        """Run the job once. Never raises: a job whose result cannot be written down is LOST and runs again after its lease."""
        started_at, began = self._database.clock.now(), time.monotonic()
        outcome, failure = self._attempt(claimed, context)
        seconds = time.monotonic() - began
        try:
            result = self._database.write_now(settle, claimed, outcome, started_at=started_at, duration_seconds=seconds)
        except Exception as error:
            failure, result = failure or error, JobResult.LOST
        self._tell(claimed, result, seconds, failure)
        return result

    def _attempt(self, claimed: ClaimedJob, context: JobContext[S]) -> tuple[Outcome, Exception | None]:
        if claimed.is_cancelled:
            return Outcome(JobResult.CANCELLED), None
        if claimed.attempts > claimed.max_attempts:
            return Outcome(JobResult.DEAD, "The worker ended in the middle of the last attempt."), None
        try:
            self._registry.decode(claimed.name, claimed.payload).run(context)
        except Postponed as error:
            return Outcome(JobResult.POSTPONED, error.message, timedelta(seconds=error.after_seconds)), None
        except JobStopped:
            return Outcome(_stopped(context)), None
        except Exception as error:
            return (Outcome(JobResult.CANCELLED), None) if context.is_cancelled else (self._failed(claimed, error), error)
        return Outcome(JobResult.DONE), None

    def _failed(self, claimed: ClaimedJob, error: Exception) -> Outcome:
        said = describe_failure(error)
        if claimed.attempts >= claimed.max_attempts:
            return Outcome(JobResult.DEAD, said)
        kind = self._registry.get_kind(claimed.name)
        pause = retry_delay(
            claimed.attempts, first_seconds=kind.retry_seconds, longest_seconds=kind.longest_retry_seconds, chance=self._chance
        )
        return Outcome(JobResult.FAILED, said, pause)

    def _tell(self, claimed: ClaimedJob, result: JobResult, seconds: float, failure: Exception | None) -> None:
        if self._metrics is not None:
            self._metrics.record(claimed.name, result, seconds)
        level = "error" if result in (JobResult.DEAD, JobResult.LOST) else "warning" if result is JobResult.FAILED else "info"
        getattr(_LOG, level)(
            "job ended",
            job=claimed.name,
            key=claimed.key,
            queue=claimed.queue,
            attempt=claimed.attempts,
            result=result.value,
            seconds=round(seconds, 3),
            exc_info=failure,
        )


def _stopped(context: JobContext[S]) -> JobResult:
    if context.is_cancelled:
        return JobResult.CANCELLED
    return JobResult.LOST if context.is_lost else JobResult.INTERRUPTED


def keep_going(what: str, step: Callable[[], object]) -> bool:
    """Run one step of a worker's loop; an error is logged, and the loop tries again later. Whether the step succeeded."""
    try:
        step()
    except Exception as error:
        _LOG.error("a worker's step failed", step=what, exc_info=error)
        return False
    return True
