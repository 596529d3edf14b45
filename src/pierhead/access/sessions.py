"""Sessions of browsers and of clients that act like one: a sealed cookie, checked against the user's row with each request.

Nothing is stored: signing out raises the user's session generation, which ends every session of the user.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import msgspec

from pierhead.access.model.credentials import StoredUser
from pierhead.access.services import AccessServices
from pierhead.access.store import credentials
from pierhead.platform.database import UnitOfWork

_PURPOSE = "session"
_CSRF_BYTES = 48  # 64 characters


class Session(msgspec.Struct, frozen=True):
    """What the cookie holds. Before the sign-in there is a session too, with a CSRF token and no user."""

    csrf_token: str
    user_uuid: str | None = None
    generation: int = 0
    signed_in_at_seconds: float = 0
    is_external: bool = False  # a provider vouched for the user, who has no password that could be asked for again

    def accepts(self, csrf_token: str) -> bool:
        """Whether the token that came with a call is this session's."""
        return hmac.compare_digest(self.csrf_token.encode(), csrf_token.encode("utf-8", "surrogatepass"))

    def is_fresh(self, now: datetime, within_seconds: int) -> bool:
        """Whether the password was given a short time ago."""
        return now.timestamp() - self.signed_in_at_seconds <= within_seconds


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that came with a request, and the user behind it; None when nobody is signed in or the sign-in is over."""

    session: Session
    user: StoredUser | None


_decoder = msgspec.json.Decoder(Session)


def start_anonymous_session() -> Session:
    """A session of nobody."""
    return Session(_make_csrf_token())


def start_session(user: StoredUser, now: datetime) -> Session:
    """A session of a user who has just given the password."""
    return Session(_make_csrf_token(), user.uuid, user.session_generation, now.timestamp())


def start_external_session(user: StoredUser, now: datetime) -> Session:
    """A session of a user whom a provider has just vouched for."""
    return Session(_make_csrf_token(), user.uuid, user.session_generation, now.timestamp(), is_external=True)


def seal_session(services: AccessServices, session: Session) -> str:
    """The cookie's value."""
    text = msgspec.json.encode(session).decode()
    return services.secret_box.seal_text(text, purpose=_PURPOSE, now=services.database.clock.now())


async def open_session(services: AccessServices, cookie: str) -> OpenSession | None:
    """The session of a cookie; None when it is not ours or too old."""
    now = services.database.clock.now()
    text = services.secret_box.open_text(cookie, purpose=_PURPOSE, max_age_seconds=services.options.session_seconds, now=now)
    if text is None:
        return None
    session = _decoder.decode(text)
    if session.user_uuid is None:
        return OpenSession(session, None)
    user = await services.database.read(_find_user, session.user_uuid)
    if user is None or not user.is_enabled or user.session_generation != session.generation:
        return OpenSession(session, None)
    return OpenSession(session, user)


def _find_user(work: UnitOfWork, uuid: str) -> StoredUser | None:
    return credentials.find_user_by_uuid(work.connection, uuid)


def _make_csrf_token() -> str:
    return secrets.token_urlsafe(_CSRF_BYTES)
