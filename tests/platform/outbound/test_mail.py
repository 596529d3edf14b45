"""Mail goes out by a real SMTP server: encrypted, signed in, and with no header of a stranger's own."""

import smtplib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from pierhead.platform.errors import ConfigurationError
from pierhead.platform.outbound.mail import InvalidMailAddress, Mail, MailFailed, MailRefused, MailSender
from pierhead.settings import MailSettings, load_settings
from tests.services.postgres import free_port
from tests.services.smtp import PASSWORD, USER, SmtpServer

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MAIL = Mail("ada@example.com", "Welcome", "Hello Ada,\n\nhere is a link.\n", "<p>Hello <b>Ada</b></p>")


@pytest.fixture(params=["starttls", "tls"])
def server(request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    with SmtpServer(security=request.param) as started:
        yield started


@pytest.fixture
def plain() -> Iterator[SmtpServer]:
    with SmtpServer(security="none") as started:
        yield started


def options(server: SmtpServer, security: str, **changes: object) -> MailSettings:
    given = {"host": "127.0.0.1", "port": server.port, "security": security, "sender": "Registry <registry@example.com>"}
    return MailSettings.model_validate(given | changes)


def without_tls(server: SmtpServer, **changes: object) -> MailSender:
    return MailSender(options(server, "none", **changes))


def test_a_mail_arrives_encrypted_and_signed_in_with_both_its_parts(request: pytest.FixtureRequest, server: SmtpServer) -> None:
    security = request.node.callspec.params["server"]
    sender = MailSender(options(server, security, user=USER, password=PASSWORD), trust=server.trust)

    sender.send(MAIL, message_key="confirm:1", now=NOW)

    (mail,) = server.mails
    assert (mail.encrypted or security == "tls", mail.user) == (True, USER)
    assert mail.recipients == ["ada@example.com"]
    assert (mail.message["From"], mail.message["To"]) == ("Registry <registry@example.com>", "ada@example.com")
    assert (mail.message["Subject"], mail.message["Message-ID"]) == ("Welcome", "<confirm-1@example.com>")
    assert mail.message["Date"].datetime == NOW
    assert "here is a link" in mail.text
    assert "<b>Ada</b>" in mail.html


def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_mail(server: SmtpServer, request: pytest.FixtureRequest) -> None:
    security = request.node.callspec.params["server"]
    sender = MailSender(options(server, security, user=USER, password=PASSWORD), trust=ssl.create_default_context())

    with pytest.raises(MailFailed, match="not trusted") as failure:
        sender.send(MAIL, message_key="1", now=NOW)
    assert PASSWORD not in failure.value.message
    assert server.mails == []


def test_a_server_without_starttls_gets_no_mail_when_the_settings_ask_for_it(plain: SmtpServer) -> None:
    with pytest.raises(MailFailed, match="STARTTLS"):
        MailSender(options(plain, "starttls")).send(MAIL, message_key="1", now=NOW)
    assert plain.mails == []


def test_a_wrong_password_is_tried_again_later_and_told_to_nobody(server: SmtpServer, request: pytest.FixtureRequest) -> None:
    security = request.node.callspec.params["server"]
    sender = MailSender(options(server, security, user=USER, password="wrong-password"), trust=server.trust)

    with pytest.raises(MailFailed, match="535") as failure:
        sender.send(MAIL, message_key="1", now=NOW)
    assert "wrong-password" not in failure.value.message


def test_a_mailbox_that_does_not_exist_refuses_for_good_and_a_full_one_for_now(plain: SmtpServer) -> None:
    plain.refusals = {"nobody@example.com": "550 no such mailbox", "full@example.com": "452 mailbox full"}
    sender = without_tls(plain)

    with pytest.raises(MailRefused, match="550"):
        sender.send(Mail("nobody@example.com", "s", "t"), message_key="1", now=NOW)
    with pytest.raises(MailFailed, match="452"):
        sender.send(Mail("full@example.com", "s", "t"), message_key="2", now=NOW)


def test_line_breaks_in_a_subject_begin_no_header(plain: SmtpServer) -> None:
    without_tls(plain).send(
        Mail("ada@example.com", "Hello\r\nBcc: eve@example.com\n\nbody", "text\r\n.\r\nmore"), message_key="a\r\nb", now=NOW
    )

    (mail,) = plain.mails
    assert mail.recipients == ["ada@example.com"]
    assert mail.message["Bcc"] is None
    assert mail.message["Subject"] == "Hello Bcc: eve@example.com body"
    assert mail.text.splitlines() == ["text", ".", "more"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "a@b\r\nRCPT TO:<eve@c>",
        "a@b,eve@c",
        "<a@b>",
        "a b@c",
        "a@b\n",
        "a\x00@b",
        "x" * 65 + "@b",
        "a@" + "b" * 250,
        "ada:x@b",
        "@b",
    ],
)
def test_what_is_no_address_is_never_sent_to_the_server(plain: SmtpServer, address: str) -> None:
    with pytest.raises(InvalidMailAddress):
        without_tls(plain).send(Mail(address, "s", "t"), message_key="1", now=NOW)
    assert plain.recipients_seen == 0


def test_addresses_and_subjects_of_any_script_arrive(plain: SmtpServer) -> None:
    without_tls(plain).send(Mail("ädä@example.com", "Grüße ☂", "schön\n"), message_key="1", now=NOW)

    (mail,) = plain.mails
    assert mail.recipients == ["ädä@example.com"]
    assert (mail.message["Subject"], mail.text.strip()) == ("Grüße ☂", "schön")


def test_a_server_that_is_away_is_a_failure_for_now() -> None:
    sender = MailSender(MailSettings(host="127.0.0.1", port=free_port(), security="none", sender="a@example.com"))

    with pytest.raises(MailFailed, match="Connection refused"):
        sender.send(MAIL, message_key="1", now=NOW)


def test_without_a_server_there_is_no_mail() -> None:
    sender = MailSender(MailSettings())

    assert not sender.is_configured
    with pytest.raises(MailFailed, match=r"mail\.host"):
        sender.send(MAIL, message_key="1", now=NOW)


def test_settings_that_would_send_a_password_in_the_clear_or_links_to_strangers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="in the clear"):
        MailSettings(host="m", sender="a@b.c", security="none", user="u", password="p")
    with pytest.raises(ValueError, match=r"mail\.sender"):
        MailSettings(host="m")
    monkeypatch.setenv("PIERHEAD_MAIL_HOST", "mail.example.com")
    monkeypatch.setenv("PIERHEAD_MAIL_SENDER", "a@example.com")
    with pytest.raises(ConfigurationError, match="public_url"):
        load_settings()
    assert load_settings(public_url="https://registry.example.com").mail.host == "mail.example.com"


@pytest.mark.parametrize("sender", ["nobody", "a@b, c@d", "A <a@b\n>"])
def test_a_sender_that_is_no_address_stops_the_start(sender: str) -> None:
    with pytest.raises(ConfigurationError, match=r"mail\.sender"):
        MailSender(MailSettings(host="m", sender=sender))


def test_the_test_server_itself_takes_no_mail_without_tls_or_a_password() -> None:
    with (
        SmtpServer() as server,
        smtplib.SMTP("127.0.0.1", server.port) as client,
        pytest.raises(smtplib.SMTPSenderRefused, match="STARTTLS"),
    ):
        client.sendmail("a@b.c", ["d@e.f"], "text")
