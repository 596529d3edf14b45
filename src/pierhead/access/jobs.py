"""Background jobs of access."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from pierhead.access.mailing import Mailing
from pierhead.access.recover_account import admit_request, mail_recovery
from pierhead.platform.database import UnitOfWork
from pierhead.platform.jobs.model import Job, JobContext
from pierhead.platform.jobs.queue import enqueue


class AccessJobServices(Protocol):
    """What these jobs need."""

    @property
    def mailing(self) -> Mailing | None: ...


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


def request_recovery(work: UnitOfWork, email: str, request: str, *, address: str | None) -> None:
    """Have a link mailed to whoever has the address, if anybody has. Raises InvalidEmail, and RateLimited after a few requests."""
    checked = admit_request(work, email, address=address)
    enqueue(work, MailRecovery(checked, request), key=f"{MailRecovery.name}:{request}")
