"""Background jobs of access."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Protocol

from pierhead.access.backends.base import Directory
from pierhead.access.mailing import Mailing
from pierhead.access.model.errors import DirectoryFailed
from pierhead.access.recover_account import admit_request, mail_recovery
from pierhead.access.sync_teams import sync_due_teams
from pierhead.platform.database import UnitOfWork
from pierhead.platform.jobs.model import Job, JobContext, Postponed
from pierhead.platform.jobs.queue import enqueue

_LATER_SECONDS = 60


class AccessJobServices(Protocol):
    """What these jobs need."""

    @property
    def mailing(self) -> Mailing | None: ...


class TeamSyncServices(Protocol):
    """What the synchronisation of teams needs."""

    @property
    def directory(self) -> Directory | None: ...
    @property
    def team_sync_seconds(self) -> int: ...


@dataclass(frozen=True)
class MailRecovery(Job[AccessJobServices]):
    """Look up whose an address is, and mail the link. In a job, so that the request takes as long for an address that nobody has.

    Run twice it may mail two links; both work until one was used.
    """

    name: ClassVar[str] = "mail_recovery"

    email: str
    request: str

    def run(self, context: JobContext[AccessJobServices]) -> None:
        """Nothing happens where the settings have no mail server any more."""
        mailing = context.services.mailing
        if mailing is not None:
            context.database.write_now(mail_recovery, mailing, self.email, self.request)


@dataclass(frozen=True)
class SyncTeams(Job[TeamSyncServices]):
    """Bring teams that follow a group of the directory to the group's members."""

    name: ClassVar[str] = "sync_teams"

    def run(self, context: JobContext[TeamSyncServices]) -> None:
        """Nothing happens without a directory. One that is down is asked again in a minute."""
        services = context.services
        if services.directory is not None:
            every = timedelta(seconds=services.team_sync_seconds)
            try:
                sync_due_teams(context.database, services.directory, every=every, keep_going=context.check)
            except DirectoryFailed as error:
                raise Postponed(_LATER_SECONDS, error.message) from error


def request_recovery(work: UnitOfWork, email: str, request: str, *, address: str | None) -> None:
    """Have a link mailed to whoever has the address, if anybody has. Raises InvalidEmail, and RateLimited after a few requests."""
    checked = admit_request(work, email, address=address)
    enqueue(work, MailRecovery(checked, request), key=f"{MailRecovery.name}:{request}")
