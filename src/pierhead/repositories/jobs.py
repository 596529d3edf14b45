"""Background jobs of repositories and their namespaces."""

from dataclasses import dataclass
from typing import ClassVar

import structlog

from pierhead.accounts.deletions import list_hidden_accounts
from pierhead.platform.jobs.model import Job, JobContext
from pierhead.repositories.remove_namespace import remove_some_of_namespace

_BATCH = 100
_ROWS = 500  # of one transaction, so that nobody waits
_log = structlog.get_logger("pierhead.repositories")


@dataclass(frozen=True)
class RemoveDeletedNamespaces(Job[object]):
    """Remove what deleted users and organizations left; nobody has reached it since the deletion.

    A namespace whose repositories are still being removed waits for the next run. The account's row goes last, so a job that dies in
    between finds the rest again.
    """

    name: ClassVar[str] = "remove_deleted_namespaces"

    def run(self, context: JobContext[object]) -> None:
        """Everything that can go now."""
        last, removed = 0, 0
        while found := context.database.read_now(list_hidden_accounts, last, _BATCH):
            for account_id in found:
                while (left := context.database.write_now(remove_some_of_namespace, account_id, _ROWS)) is True:
                    context.check()
                removed += left is False
            last = found[-1]
        if removed:
            _log.info("removed deleted namespaces", namespaces=removed)
