"""A mail survives the server that was about to send it: SIGKILL in the middle, and it goes out after the next start."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.services.server import PASSWORD, PierheadServer
from tests.services.smtp import PASSWORD as MAIL_PASSWORD
from tests.services.smtp import USER, SmtpServer


@pytest.fixture
def post() -> Iterator[SmtpServer]:
    with SmtpServer() as started:
        yield started


@pytest.fixture
def server(server_url: str | None, tmp_path: Path, post: SmtpServer) -> Iterator[PierheadServer]:
    authority = tmp_path / "authority.pem"
    post.authority.cert_pem.write_to_path(str(authority))
    environment = {
        "PIERHEAD_MAIL_HOST": "127.0.0.1",
        "PIERHEAD_MAIL_PORT": str(post.port),
        "PIERHEAD_MAIL_USER": USER,
        "PIERHEAD_MAIL_PASSWORD": MAIL_PASSWORD,
        "PIERHEAD_MAIL_SENDER": "Registry <registry@example.com>",
        "PIERHEAD_PUBLIC_URL": "https://registry.example.com",
        "PIERHEAD_JOBS_LEASE_SECONDS": "1",
        "SSL_CERT_FILE": str(authority),
    }
    started = PierheadServer(tmp_path / "server", database_url=server_url, environment=environment)
    yield started.start()
    started.close()


def test_a_mail_that_was_being_sent_at_a_sigkill_goes_out_after_the_next_start(server: PierheadServer, post: SmtpServer) -> None:
    post.gate.clear()
    with httpx2.Client(base_url=server.url, timeout=60) as browser:
        token = browser.get("/csrf_token").json()["csrf_token"]
        body = {"username": "ada", "password": PASSWORD, "email": "ada@example.com"}
        answer = browser.post("/api/v1/user/", json=body, headers={"X-CSRF-Token": token})
        assert answer.json() == {"awaiting_verification": True}
        post.await_recipient()

        server.kill()
        post.gate.set()
        server.start()

        mail = post.await_mail_to("ada@example.com", "confirm your account")
        assert (mail.encrypted, mail.user) == (True, USER)
        assert browser.get(mail.find_link("/confirm")).status_code == 303
        assert browser.get("/api/v1/user/").json()["username"] == "ada"
        assert server.log_text().count(PASSWORD) == 0
        assert mail.find_link("/confirm").partition("code=")[2] not in server.log_text()
