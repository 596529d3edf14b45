"""A real SMTP server on a free port, with STARTTLS or TLS, AUTH, and mailboxes that refuse."""

import asyncio
import ssl
import threading
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Self

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.services.postgres import free_port

USER, PASSWORD = "postmaster", "a-secret-of-the-mail-server"
_WAIT_SECONDS = 60.0


class _Handler:
    def __init__(self, server: "SmtpServer") -> None:
        self._server = server

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        self._server.note_recipient()
        await asyncio.to_thread(self._server.gate.wait, _WAIT_SECONDS)
        refusal = self._server.refusals.get(address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self._server.take(content, envelope.rcpt_tos, encrypted=session.ssl is not None, user=session.auth_data)
        return "250 OK"


class Received:
    """A mail as the server has it."""

    def __init__(self, content: bytes, recipients: list[str], *, encrypted: bool, user: str | None) -> None:
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self.message = message
        self.raw = content
        self.recipients = recipients
        self.encrypted = encrypted
        self.user = user

    @property
    def text(self) -> str:
        """The part in plain text."""
        part = self.message.get_body(("plain",))
        assert part is not None
        text: str = part.get_content()
        return text

    @property
    def html(self) -> str:
        """The part in HTML."""
        part = self.message.get_body(("html",))
        assert part is not None
        text: str = part.get_content()
        return text

    def find_link(self, path: str) -> str:
        """The first link to a path in the text, from the path on."""
        return next(path + word.partition(path)[2] for word in self.text.split() if path in word)


class SmtpServer:
    """The server; `refusals` maps addresses to the reply that they get, such as `550 no such mailbox`."""

    def __init__(self, *, security: str = "starttls") -> None:
        self.port = free_port()
        self.refusals: dict[str, str] = {}
        self.recipients_seen = 0
        self.gate = threading.Event()  # while it is clear, whoever sends waits in the middle of a mail
        self.gate.set()
        self.authority = trustme.CA()
        self._mails: list[Received] = []
        self._arrival = threading.Condition()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        self._controller = Controller(
            _Handler(self),
            hostname="127.0.0.1",
            port=self.port,
            tls_context=context if security == "starttls" else None,
            ssl_context=context if security == "tls" else None,
            require_starttls=security == "starttls",
            authenticator=_authenticate,
            auth_required=security == "starttls",
            auth_require_tls=security == "starttls",
        )

    @property
    def trust(self) -> ssl.SSLContext:
        """What a client trusts the server by."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context

    @property
    def mails(self) -> list[Received]:
        """What has arrived, the oldest first."""
        with self._arrival:
            return list(self._mails)

    def await_mail(self, wanted: Callable[[Received], bool]) -> Received:
        """The first mail of this kind, as soon as it is there."""
        with self._arrival:
            assert self._arrival.wait_for(lambda: any(map(wanted, self._mails)), timeout=_WAIT_SECONDS), "no such mail has come"
            return next(filter(wanted, self._mails))

    def await_mail_to(self, address: str, subject: str = "") -> Received:
        """The newest mail to an address whose subject holds this text."""
        self.await_mail(lambda mail: address in mail.recipients and subject in str(mail.message["Subject"]))
        return [mail for mail in self.mails if address in mail.recipients and subject in str(mail.message["Subject"])][-1]

    def note_recipient(self) -> None:
        """Somebody has begun to send a mail."""
        with self._arrival:
            self.recipients_seen += 1
            self._arrival.notify_all()

    def await_recipient(self) -> None:
        """Until somebody has begun to send a mail."""
        with self._arrival:
            assert self._arrival.wait_for(lambda: self.recipients_seen > 0, timeout=_WAIT_SECONDS), "nobody has begun to send a mail"

    def take(self, content: bytes, recipients: list[str], *, encrypted: bool, user: object) -> None:
        """A mail has come."""
        name = user.login.decode() if isinstance(user, LoginPassword) else None
        with self._arrival:
            self._mails.append(Received(content, list(recipients), encrypted=encrypted, user=name))
            self._arrival.notify_all()

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False, auth_data=data)
