"""Mails as jobs: queued in the transaction that causes them, sent at least once, tried again while the mail server is away."""

import base64
from dataclasses import dataclass
from typing import ClassVar, Protocol

import msgspec
import structlog

from pierhead.platform.database import UnitOfWork
from pierhead.platform.jobs.model import Job, JobContext
from pierhead.platform.jobs.queue import enqueue
from pierhead.platform.outbound.mail import InvalidMailAddress, Mail, MailRefused, MailSender
from pierhead.platform.secrets import SecretBox

_PURPOSE = "mail"
_log = structlog.get_logger("pierhead.mail")
_decoder = msgspec.json.Decoder(Mail)


class MailJobServices(Protocol):
    """What the job needs."""

    @property
    def secret_box(self) -> SecretBox: ...
    @property
    def mail(self) -> MailSender: ...


@dataclass(frozen=True)
class SendMail(Job[MailJobServices]):
    """Send one mail. It is stored sealed, because links in mails are keys to accounts.

    A worker that dies behind the server's answer sends the mail again, with the same Message-ID.
    """

    name: ClassVar[str] = "send_mail"
    max_attempts: ClassVar[int] = 10
    retry_seconds: ClassVar[float] = 15

    sealed: str
    message_key: str

    def run(self, context: JobContext[MailJobServices]) -> None:
        """A mail that is refused for good is not tried again; the log says so, without the address."""
        mail = _decoder.decode(context.services.secret_box.open(base64.b64decode(self.sealed), purpose=_PURPOSE))
        try:
            context.services.mail.send(mail, message_key=self.message_key, now=context.clock.now())
        except (MailRefused, InvalidMailAddress) as error:
            _log.warning("a mail was refused and is given up", job=context.key, reason=error.message)


def enqueue_mail(work: UnitOfWork, mail: Mail, *, key: str, secret_box: SecretBox) -> bool:
    """Queue a mail; it goes out when the transaction commits. A mail of the same key that waits makes this do nothing; whether it was added."""
    sealed = base64.b64encode(secret_box.seal(msgspec.json.encode(mail), purpose=_PURPOSE)).decode()
    return enqueue(work, SendMail(sealed, key), key=f"{SendMail.name}:{key}")
