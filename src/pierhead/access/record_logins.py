"""Tell the log of sign-ins over the web, good and bad."""

import structlog

from pierhead.access.authenticate import identify_user
from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.identity import ANONYMOUS
from pierhead.access.services import AccessServices
from pierhead.access.store import credentials
from pierhead.accounts.model.names import is_name, is_storable
from pierhead.audit.model import LogKind
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import Unavailable

_WEB = "webauth"
_LONGEST = 255
_log = structlog.get_logger("pierhead.access")


async def note_login(services: AccessServices, user: StoredUser, *, address: str | None, user_agent: str | None) -> None:
    """A user has signed in. On a full disk nothing is recorded, and the user gets in all the same: somebody has to clean up."""
    try:
        await services.database.write(_record_login, user, address, user_agent)
    except Unavailable as error:
        _log.warning("a sign-in was not recorded", reason=error.message)


async def note_failed_login(services: AccessServices, username: str, message: str, *, address: str | None, user_agent: str | None) -> None:
    """Somebody could not sign in. The entry is the account's when the name or address is one's, and nobody's otherwise."""
    try:
        await services.database.write(_record_failed_login, username, message, address, user_agent)
    except Unavailable as error:
        _log.warning("a failed sign-in was not recorded", reason=error.message)


def _record_login(work: UnitOfWork, user: StoredUser, address: str | None, user_agent: str | None) -> None:
    record(
        work,
        identify_user(user),
        LogKind.LOGIN_SUCCESS,
        namespace_id=user.id,
        address=address,
        type=_WEB,
        useragent=_shorten(user_agent),
    )


def _record_failed_login(work: UnitOfWork, username: str, message: str, address: str | None, user_agent: str | None) -> None:
    user = _find(work, username)
    record(
        work,
        ANONYMOUS,
        LogKind.LOGIN_FAILURE,
        namespace_id=None if user is None else user.id,
        address=address,
        type=_WEB,
        username=_shorten(username),
        message=message,
        useragent=_shorten(user_agent),
    )


def _find(work: UnitOfWork, username: str) -> StoredUser | None:
    if "@" in username:
        return credentials.find_user_by_email(work.connection, username.lower()) if username.isprintable() else None
    return credentials.find_user_by_name(work.connection, username) if is_name(username) else None


def _shorten(text: str | None) -> str | None:
    if text is None or not is_storable(text):
        return None
    return text[:_LONGEST]
