"""Whether the OAuth token that a `/v2` bearer token was given for still holds: a revocation does not wait for the other's end."""

from pierhead.access.model.errors import AccountDisabled, InvalidToken
from pierhead.access.model.identity import Identity
from pierhead.access.store import oauth_tokens
from pierhead.platform.database import Database, UnitOfWork


async def confirm_oauth_token(database: Database, identity: Identity) -> None:
    """Ask for the token of the identity, by its uuid. Raises InvalidToken and AccountDisabled."""
    await database.look_up(_require_token, identity.reference or "")


def _require_token(work: UnitOfWork, uuid: str) -> None:
    token = oauth_tokens.find_by_uuid(work.connection, uuid)
    if token is None or token.expires_at <= work.now:
        raise InvalidToken
    if not token.is_enabled:
        raise AccountDisabled
