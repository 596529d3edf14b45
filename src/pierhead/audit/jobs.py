"""The job that removes what the usage log need not keep any longer."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Protocol

import structlog

from pierhead.audit import store
from pierhead.platform.database import UnitOfWork
from pierhead.platform.jobs.model import Job, JobContext

_BATCH = 1000
_log = structlog.get_logger("pierhead.audit")


class AuditJobServices(Protocol):
    """What this job needs."""

    @property
    def log_kept_days(self) -> int:
        """Days that entries are kept; 0 keeps them for ever."""
        ...


@dataclass(frozen=True)
class RemoveOldLogEntries(Job[AuditJobServices]):
    """Remove entries that are older than `audit.kept_days`, in transactions so small that nobody waits for one."""

    name: ClassVar[str] = "remove_old_log_entries"

    def run(self, context: JobContext[AuditJobServices]) -> None:
        days = context.services.log_kept_days
        if not days:
            return
        total = 0
        while removed := context.database.write_now(_remove, days):
            total += removed
            context.check()
        if total:
            _log.info("removed old log entries", entries=total)


def _remove(work: UnitOfWork, days: int) -> int:
    return store.remove_entries(work.connection, work.now - timedelta(days=days), _BATCH)
