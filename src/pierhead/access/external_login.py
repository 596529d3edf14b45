"""Go to an identity provider and come back: what is remembered on the way, and what the return means (api-v1/accounts, section 2)."""

import hmac
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from pierhead.access.backends.base import Departure
from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.errors import AccountDisabled, SignInRequired
from pierhead.access.model.external import ExternalUser, SignInFailed
from pierhead.access.model.identity import Identity
from pierhead.access.services import AccessServices
from pierhead.access.sign_in_external import attach_login, sign_in_external

AWAY_SECONDS = 600
_PURPOSE = "external-login"


class LoginKind(StrEnum):
    """What the journey is for. The values are the wire names, and each has a callback of its own."""

    LOGIN = "login"
    ATTACH = "attach"
    CLI = "cli"


class Journey(msgspec.Struct, frozen=True):
    """What the browser keeps, sealed, while its owner is at the provider. The user is who began to attach a sign-in."""

    service: str
    kind: LoginKind
    departure: Departure
    user_uuid: str | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back in the address: a code, or an error."""

    state: str
    code: str | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class SentAway:
    """Where to go, and what to keep until the return."""

    url: str
    sealed: str


_decoder = msgspec.json.Decoder(Journey)


async def depart(services: AccessServices, service: str, kind: LoginKind, redirect_uri: str, user: StoredUser | None) -> SentAway:
    """Raises UnknownService, IssuerFailed, and SignInRequired for attaching to nobody's account."""
    provider = services.external.get_provider(service)
    if kind is LoginKind.ATTACH and user is None:
        raise SignInRequired
    now = services.database.clock.now()
    departure = await provider.depart(redirect_uri, now)
    journey = Journey(service, kind, departure, user.uuid if kind is LoginKind.ATTACH and user is not None else None)
    return SentAway(departure.url, services.secret_box.seal_text(msgspec.json.encode(journey).decode(), purpose=_PURPOSE, now=now))


async def come_back(
    services: AccessServices, service: str, kind: LoginKind, sealed: str | None, returned: Returned, redirect_uri: str
) -> tuple[Journey, ExternalUser]:
    """Whoever the provider vouches for. Raises UnknownService, SignInFailed and IssuerFailed.

    Only the browser that began the journey ends it, once and within ten minutes.
    """
    provider = services.external.get_provider(service)
    now = services.database.clock.now()
    text = services.secret_box.open_text(sealed, purpose=_PURPOSE, max_age_seconds=AWAY_SECONDS, now=now) if sealed else None
    journey = _decoder.decode(text) if text is not None else None
    if journey is None or journey.service != service or journey.kind is not kind or not _is_same(journey.departure.state, returned.state):
        raise SignInFailed("The sign-in was begun elsewhere or too long ago. Please try again.")
    if returned.error is not None or not returned.code:
        raise SignInFailed("The identity provider has refused the sign-in.")
    return journey, await provider.arrive(returned.code, journey.departure, redirect_uri, now)


async def enter(services: AccessServices, user: ExternalUser, *, address: str | None) -> StoredUser:
    """The account of somebody whom a provider vouches for. Raises AccountDisabled, and what `sign_in_external` raises."""
    rule = services.external.get_provider(user.service).first_sign_in
    account = await services.database.write(sign_in_external, user, rule, address=address)
    if not account.is_enabled:
        raise AccountDisabled
    return account


async def attach(
    services: AccessServices, journey: Journey, user: ExternalUser, identity: Identity, account: StoredUser | None, *, address: str | None
) -> None:
    """Attach the sign-in to the account that began the journey and is still signed in. Raises SignInFailed and LoginTaken."""
    if account is None or account.uuid != journey.user_uuid:
        raise SignInFailed("You are signed in as somebody else by now. Please try again.")
    await services.database.write(attach_login, identity, account.id, user, address=address)


def _is_same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode("utf-8", "surrogatepass"))
