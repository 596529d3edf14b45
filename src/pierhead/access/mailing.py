"""The post office of access: mails about accounts, queued in the transaction of the change that they tell of."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from pierhead.platform.database import UnitOfWork
from pierhead.platform.outbound.mail import Mail
from pierhead.platform.outbound.send_mail import enqueue_mail
from pierhead.platform.secrets import SecretBox


@dataclass(frozen=True, slots=True)
class Mailing:
    """There is one when the settings name a mail server. Links lead to `public_url`, never to where a request says that it was sent."""

    public_url: str
    secret_box: SecretBox
    recovery_life: timedelta = timedelta(minutes=30)

    @property
    def host(self) -> str:
        """What people know the registry by."""
        return self.public_url.partition("://")[2]

    def make_link(self, path: str, **query: str) -> str:
        """An address of this registry."""
        return f"{self.public_url}{path}?{urlencode(query)}" if query else f"{self.public_url}{path}"

    def post(self, work: UnitOfWork, mail: Mail, *, key: str) -> None:
        """Queue the mail; it goes out when the transaction commits. The key tells it from every other one."""
        enqueue_mail(work, mail, key=key, secret_box=self.secret_box)
