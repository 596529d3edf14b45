"""Tokens that an identity provider made for a client which may call the API: the bearer acts as the user (api-v1, 4.1)."""

from pierhead.access.external_login import enter
from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.errors import AccountDisabled, InvalidToken
from pierhead.access.model.identity_tokens import read_unverified
from pierhead.access.services import AccessServices
from pierhead.access.store import credentials, external_logins
from pierhead.platform.database import UnitOfWork


async def authenticate_provider_token(services: AccessServices, text: str) -> StoredUser:
    """The user whom the token is about; whoever was never here gets an account as at a sign-in.

    Raises InvalidToken, AccountDisabled, IssuerFailed, and LoginNotLinked where no accounts are made.
    """
    issuer = read_unverified(text).issuer
    provider = next((each for each in services.external.providers.values() if each.issuer == issuer), None)
    if provider is None:
        raise InvalidToken
    external = await provider.identify_bearer(text, services.database.clock.now())
    user = await services.database.read(_find_user, external.service, external.subject)
    if user is None or external.is_superuser not in (None, user.is_superuser):
        return await enter(services, external, address=None)
    if not user.is_enabled:
        raise AccountDisabled
    return user


def _find_user(work: UnitOfWork, service: str, subject: str) -> StoredUser | None:
    login = external_logins.find_by_subject(work.connection, service, subject)
    return None if login is None else credentials.find_user_by_id(work.connection, login.user_id)
