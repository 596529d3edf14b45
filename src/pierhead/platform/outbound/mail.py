"""Mail to people, by the SMTP server that the settings name: text and HTML, STARTTLS or TLS, safe against injected headers."""

import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Protocol

import msgspec

from pierhead.platform.errors import ConfigurationError, Invalid, Unavailable

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_LONGEST_ADDRESS = 254
_LONGEST_SUBJECT = 300
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_ADDRESS = re.compile(r"[^@\s,;:<>()\[\]\"\\\x00-\x1f\x7f]{1,64}@[^@\s,;:<>()\[\]\"\\\x00-\x1f\x7f]{1,189}")
_NAMED = re.compile(r"(?P<name>[^<>\x00-\x1f\x7f]*)<(?P<address>[^<>]+)>")
_AGAIN = range(400, 500)  # replies that say: try again later (RFC 5321 section 4.2.1)
_AUTHENTICATION = frozenset({530, 534, 535, 538})  # the administrator will put it right


class MailOptions(Protocol):
    """The section `mail` of the settings."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int | None: ...
    @property
    def security(self) -> str: ...
    @property
    def user(self) -> str | None: ...
    @property
    def password(self) -> str | None: ...
    @property
    def sender(self) -> str: ...
    @property
    def timeout_seconds(self) -> float: ...


class MailFailed(Unavailable):
    """The mail server could not be reached, or refused for now. Trying again later may help."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The mail could not be sent: {reason}.", detail={"reason": reason})


class MailRefused(Invalid):
    """The mail server refused this mail for good: no such mailbox, or a message that it does not take."""

    def __init__(self, code: int) -> None:
        super().__init__(f"The mail server refused the mail with code {code}.", detail={"code": code})


class InvalidMailAddress(Invalid):
    """Nothing that a mail could be sent to."""

    message = "Invalid email address"


class Mail(msgspec.Struct, frozen=True):
    """One mail to one address; `html` may be empty. Line breaks and other control characters of the subject become spaces."""

    to: str
    subject: str
    text: str
    html: str = ""


@dataclass(frozen=True, slots=True)
class _Sender:
    address: Address

    @property
    def domain(self) -> str:
        return self.address.domain


class MailSender:
    """Sends mails, each over a connection of its own, so that nothing is shared between threads.

    The server's address is the administrator's, so that the guard on private addresses is not asked: mail relays stand in private networks.
    """

    def __init__(self, options: MailOptions, *, trust: ssl.SSLContext | None = None) -> None:
        """`trust` holds the authorities of the server's certificate; the system's without it. Raises ConfigurationError."""
        self._options = options
        self._trust = trust
        self._sender = _parse_sender(options.sender) if options.host else None

    @property
    def is_configured(self) -> bool:
        """Whether there is a server to send by."""
        return self._sender is not None

    def send(self, mail: Mail, *, message_key: str, now: datetime) -> None:
        """Hand the mail to the server; blocks up to `mail.timeout_seconds` for each step.

        `message_key` makes the Message-ID: a mail that is sent twice because nobody knows whether the first went out has the same one.
        Raises MailFailed, MailRefused and InvalidMailAddress.
        """
        if self._sender is None:
            raise MailFailed("no mail server is set (setting mail.host)")
        message = _compose(mail, self._sender, message_key, now)
        try:
            with self._connect(self._sender.domain) as server:
                self._hand_over(server, message, self._sender, mail.to)
        except smtplib.SMTPResponseException as error:
            raise _judge(error.smtp_code) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise _judge(next(iter(error.recipients.values()))[0]) from None
        except smtplib.SMTPNotSupportedError:
            raise MailFailed("the server lacks what the settings or the address ask for (STARTTLS, AUTH or SMTPUTF8)") from None
        except smtplib.SMTPException:
            raise MailFailed("the server broke the conversation off") from None
        except OSError as error:
            raise MailFailed(_describe(error)) from error

    def _connect(self, own_name: str) -> smtplib.SMTP:
        """The name for the greeting is given, because looking the machine's own name up may take as long as its resolver likes."""
        options = self._options
        port, timeout = options.port or _PORTS[options.security], options.timeout_seconds
        if options.security == "tls":
            return smtplib.SMTP_SSL(options.host, port, own_name, timeout=timeout, context=self._context())
        return smtplib.SMTP(options.host, port, own_name, timeout=timeout)

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage, sender: _Sender, to: str) -> None:
        options = self._options
        if options.security == "starttls":
            server.starttls(context=self._context())
        if options.user:
            server.login(options.user, options.password or "")
        server.send_message(message, from_addr=str(sender.address.addr_spec), to_addrs=[to])

    def _context(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()


def parse_mail_address(text: str) -> str:
    """An address that may stand in a header and in a command to the server. Raises InvalidMailAddress."""
    if len(text) > _LONGEST_ADDRESS or not text.isprintable() or not _ADDRESS.fullmatch(text):
        raise InvalidMailAddress
    return text


def _parse_sender(text: str) -> _Sender:
    named = _NAMED.fullmatch(text)
    try:
        parsed = parse_mail_address(named["address"] if named else text)
    except InvalidMailAddress as error:
        raise ConfigurationError("mail.sender must be an address such as `Registry <registry@example.com>`.") from error
    return _Sender(_to_address(parsed, named["name"].strip(' "') if named else ""))


def _to_address(text: str, name: str = "") -> Address:
    user, _, domain = text.rpartition("@")
    return Address(_fold(name), user, domain)


def _compose(mail: Mail, sender: _Sender, message_key: str, now: datetime) -> EmailMessage:
    to = parse_mail_address(mail.to)
    message = EmailMessage(policy=SMTP if to.isascii() else SMTPUTF8)
    try:
        message["From"] = sender.address
        message["To"] = _to_address(to)
    except (ValueError, MessageError) as error:
        raise InvalidMailAddress from error
    message["Subject"] = _fold(mail.subject)[:_LONGEST_SUBJECT]
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{re.sub('[^A-Za-z0-9.-]', '-', message_key)}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_storable(mail.text))
    if mail.html:
        message.add_alternative(_storable(mail.html), subtype="html")
    return message


def _fold(text: str) -> str:
    """Without line breaks, which would begin a header of a stranger's own."""
    return _UNPRINTABLE.sub(" ", text).strip()


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _judge(code: int) -> MailFailed | MailRefused:
    """The server's words are not carried on: they may repeat the address or the credentials."""
    if code in _AGAIN or code in _AUTHENTICATION or code < 0:
        return MailFailed(f"the mail server answered with code {code}")
    return MailRefused(code)


def _describe(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of the mail server is not trusted ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time"
    return error.strerror or "the connection to the mail server broke"
