"""What an application token is: a password of its own for a program that acts as a user."""

from dataclasses import dataclass
from datetime import datetime

from pierhead.platform.errors import Invalid


class InvalidTitle(Invalid):
    """A title that is empty or too long."""

    message = "The title must have 1 to 255 characters."


@dataclass(frozen=True, slots=True)
class ApplicationToken:
    """An application token; its code is sealed, because the API shows it again."""

    id: int
    uuid: str
    title: str
    code_sealed: bytes
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
