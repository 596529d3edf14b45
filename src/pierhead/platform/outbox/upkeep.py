"""The job that removes events which have been handed to everybody."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from pierhead.platform.database import UnitOfWork
from pierhead.platform.jobs.model import Job, JobContext
from pierhead.platform.outbox import store

_BATCH = 500


@dataclass(frozen=True)
class RemoveDispatchedEvents(Job[object]):
    """Remove events that were dispatched more than `kept_seconds` ago."""

    name: ClassVar[str] = "remove_dispatched_events"
    kept_seconds: float = 24 * 3600

    def run(self, context: JobContext[object]) -> None:
        while context.database.write_now(self._remove) == _BATCH:
            context.check()

    def _remove(self, work: UnitOfWork) -> int:
        return store.remove_dispatched(work.connection, work.now - timedelta(seconds=self.kept_seconds), _BATCH)
