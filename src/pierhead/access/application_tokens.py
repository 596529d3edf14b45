"""Create, show and revoke application tokens (`$app`)."""

import hashlib
import secrets
import string
import uuid
from datetime import datetime, timedelta

from pierhead.access.model.application_tokens import ApplicationToken, InvalidTitle
from pierhead.access.model.errors import ApplicationTokenNotFound
from pierhead.access.store import application_tokens
from pierhead.accounts.model.names import is_storable
from pierhead.audit.model import LogKind, Performer
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork
from pierhead.platform.secrets import SecretBox

_ALPHABET = string.ascii_uppercase + string.digits
_LENGTH = 120
_PURPOSE = "application-token"
_EXPIRING_SHARE = 0.1  # a token is about to expire in the last tenth of its life


def create_application_token(
    work: UnitOfWork,
    performer: Performer,
    user_id: int,
    title: str,
    *,
    secret_box: SecretBox,
    expires_in: timedelta | None = None,
    address: str | None = None,
) -> ApplicationToken:
    """A new token of the user, valid for ever unless `expires_in` says otherwise. Raises InvalidTitle."""
    if not 1 <= len(title.strip()) <= 255 or len(title) > 255 or not is_storable(title):
        raise InvalidTitle
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    token_uuid = str(uuid.uuid4())
    application_tokens.add(
        work.connection,
        uuid=token_uuid,
        user_id=user_id,
        title=title,
        code_sha256=hashlib.sha256(code.encode()).digest(),
        code_sealed=secret_box.seal(code.encode(), purpose=_PURPOSE),
        created_at=work.now,
        expires_at=None if expires_in is None else work.now + expires_in,
    )
    _record(work, performer, LogKind.CREATE_APP_SPECIFIC_TOKEN, user_id, token_uuid, title, address)
    return get_application_token(work, user_id, token_uuid)


def list_application_tokens(work: UnitOfWork, user_id: int, *, expiring_only: bool = False) -> list[ApplicationToken]:
    """The user's tokens, oldest first."""
    tokens = application_tokens.list_of_user(work.connection, user_id)
    return [token for token in tokens if _is_expiring(token, work.now)] if expiring_only else tokens


def list_all_application_tokens(
    work: UnitOfWork, *, after: int, limit: int, expiring_only: bool
) -> tuple[list[tuple[ApplicationToken, str]], int | None]:
    """A page of the tokens of all users, oldest first, each with its owner's name; and the row behind which the next page begins."""
    found = application_tokens.list_all(work.connection, after=after, limit=limit + 1)
    shown, following = found[:limit], found[limit - 1][0].id if len(found) > limit else None
    return [each for each in shown if not expiring_only or _is_expiring(each[0], work.now)], following


def get_application_token(work: UnitOfWork, user_id: int, token_uuid: str) -> ApplicationToken:
    """A token of this user. Raises ApplicationTokenNotFound."""
    found = application_tokens.find(work.connection, user_id, token_uuid) if is_storable(token_uuid) else None
    if found is None:
        raise ApplicationTokenNotFound
    return found


def revoke_application_token(work: UnitOfWork, performer: Performer, user_id: int, token_uuid: str, *, address: str | None = None) -> None:
    """The token is refused from now on. Raises ApplicationTokenNotFound."""
    token = get_application_token(work, user_id, token_uuid)
    application_tokens.delete_token(work.connection, token.id)
    _record(work, performer, LogKind.REVOKE_APP_SPECIFIC_TOKEN, user_id, token.uuid, token.title, address)


def reveal_code(token: ApplicationToken, secret_box: SecretBox) -> str:
    """The token's code, for its owner."""
    return secret_box.open(token.code_sealed, purpose=_PURPOSE).decode()


def _record(work: UnitOfWork, performer: Performer, kind: LogKind, user_id: int, token_uuid: str, title: str, address: str | None) -> None:
    record(work, performer, kind, namespace_id=user_id, address=address, app_specific_token=token_uuid, app_specific_token_title=title)


def _is_expiring(token: ApplicationToken, now: datetime) -> bool:
    if token.expires_at is None:
        return False
    return token.expires_at - now <= (token.expires_at - token.created_at) * _EXPIRING_SHARE
