"""Codes in links that are mailed: what each is for, and how long it works."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from pierhead.platform.errors import Invalid


class CodePurpose(StrEnum):
    """What following the link does."""

    CONFIRM = "confirm"  # the address is the user's; it may be a new one
    RECOVER = "recover"  # sign in without the password, to set a new one


CONFIRMATION_LIFE = timedelta(days=3)


class InvalidCode(Invalid):
    """A code that was never given, has been used, or is too old: the three are not told apart."""

    message = "This link is invalid, has been used already, or is too old. Please ask for a new one."


@dataclass(frozen=True, slots=True)
class SpentCode:
    """What a code stood for. `new_email` is the address that is to become the user's."""

    user_id: int
    new_email: str | None
