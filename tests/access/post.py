"""Access with a mail server: services that mail, and the jobs that do it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from httpx2 import Response

from pierhead.access.jobs import MailRecovery
from pierhead.access.mailing import Mailing
from pierhead.access.services import AccessServices
from pierhead.platform.jobs import JobRegistry, Worker
from pierhead.platform.outbound.mail import MailSender
from pierhead.platform.outbound.send_mail import SendMail
from pierhead.platform.secrets import SecretBox
from pierhead.settings import MailSettings
from tests.access.builders import ApiClient
from tests.services.smtp import PASSWORD, USER, Received, SmtpServer

PUBLIC_URL = "https://registry.example.com"


@dataclass(frozen=True)
class PostServices:
    """What the jobs are given."""

    secret_box: SecretBox
    mail: MailSender
    mailing: Mailing | None


def make_mailing(secret_box: SecretBox, **changes: timedelta) -> Mailing:
    """What the settings make of a public address and a mail server."""
    return Mailing(PUBLIC_URL, secret_box, **changes)


def follow(client: ApiClient, link: str) -> Response:
    """Open a link as a browser does; the answer before any redirect."""
    answer: Response = client.http.get(link.removeprefix(PUBLIC_URL), follow_redirects=False)
    return answer


class Post:
    """The post of a test: what waits is sent when the test says so, by a real server."""

    def __init__(self, services: AccessServices, server: SmtpServer) -> None:
        self.server = server
        settings = MailSettings(host="127.0.0.1", port=server.port, user=USER, password=PASSWORD, sender="Registry <registry@example.com>")
        sender = MailSender(settings, trust=server.trust)
        kinds: JobRegistry[PostServices] = JobRegistry([MailRecovery, SendMail])
        self._worker = Worker(services.database, kinds, PostServices(services.secret_box, sender, services.mailing))

    def send(self) -> int:
        """Run the jobs that are due; how many attempts were made."""
        return self._worker.run_due()

    def collect(self) -> Sequence[Received]:
        """Send what waits; the mails that came by it."""
        before = len(self.server.mails)
        self.send()
        return self.server.mails[before:]
