"""The job that removes dead jobs which nobody wanted to run again."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from pierhead.platform.database import UnitOfWork
from pierhead.platform.jobs.model import Job, JobContext
from pierhead.platform.jobs.store import jobs as store

_BATCH = 500


@dataclass(frozen=True)
class RemoveDeadJobs(Job[object]):
    """Remove jobs that have been dead for longer than `kept_seconds`."""

    name: ClassVar[str] = "remove_dead_jobs"
    kept_seconds: float = 7 * 24 * 3600

    def run(self, context: JobContext[object]) -> None:
        while context.database.write_now(self._remove) == _BATCH:
            context.check()

    def _remove(self, work: UnitOfWork) -> int:
        return store.remove_dead(work.connection, work.now - timedelta(seconds=self.kept_seconds), _BATCH)
