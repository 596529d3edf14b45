"""The opaque tokens of lists (api-v1, section 3.6): sealed, valid for two days; what is no such token means the first page."""

from typing import TypeVar

import msgspec

from pierhead.access.services import AccessServices

T = TypeVar("T")

_SECONDS = 2 * 24 * 3600
_PURPOSE = "page-token:"


def seal_position(services: AccessServices, position: object, *, purpose: str) -> str:
    """The token of a position that a list goes on from."""
    text = msgspec.json.encode(position).decode()
    return services.secret_box.seal_text(text, purpose=_PURPOSE + purpose, now=services.database.clock.now())


def open_position(services: AccessServices, token: str | None, kind: type[T], *, purpose: str) -> T | None:
    """The position in a token; None when it is missing, foreign, damaged or too old."""
    now = services.database.clock.now()
    text = services.secret_box.open_text(token or "", purpose=_PURPOSE + purpose, max_age_seconds=_SECONDS, now=now)
    return None if text is None else msgspec.json.decode(text, type=kind)
