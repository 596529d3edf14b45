"""Keyless robots: a token of a federated OpenID Connect issuer in place of a stored secret (api-v1/accounts, section 4).

The issuer's token is taken as the robot's password, or exchanged for one of ours that is short-lived. Either holds only as
long as the robot's list names the issuer and the subject.
"""

import msgspec

from pierhead.access.model.credentials import StoredRobot
from pierhead.access.model.errors import AccountDisabled, InvalidCredentials, InvalidToken
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.identity_tokens import UnverifiedToken, check_claims, may_be_identity_token, parse_claims, read_unverified
from pierhead.access.model.registry_claims import ISSUER
from pierhead.access.services import AccessServices
from pierhead.access.store import credentials
from pierhead.accounts.model.accounts import Federation
from pierhead.accounts.robots import is_federated
from pierhead.audit.model import LogKind
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork

_AUDIENCE = "pierhead:robot"  # no host is called so: the token is good for nothing else of ours


async def exchange_token(services: AccessServices, name: str, text: str, *, address: str | None) -> str:
    """A token of ours for the robot whose federation list names the issuer and subject of the token given.

    Raises InvalidCredentials, InvalidToken, AccountDisabled, IssuerFailed and RateLimited.
    """
    robot = await services.database.read(_find_robot, name) if len(name) <= 255 else None
    if robot is None or not may_be_identity_token(text):
        raise InvalidCredentials
    token = read_unverified(text)
    await _check_foreign(services, robot, token)
    if not robot.is_enabled:
        raise AccountDisabled
    now = services.database.clock.now()
    seconds = int(now.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": _AUDIENCE,
        "sub": robot.name,
        "iat": seconds,
        "nbf": seconds,
        "exp": seconds + services.options.token_seconds,
        "federation": {"issuer": token.issuer, "subject": token.subject},
    }
    signed = await services.signer.sign_payload(msgspec.json.encode(claims), now)
    await services.database.write(_record_exchange, robot, token, address)
    return signed


async def check_robot_token(services: AccessServices, robot: StoredRobot, text: str) -> None:
    """Whether a token, of ours or of a federated issuer, lets its bearer act as the robot. Raises as `exchange_token`."""
    token = read_unverified(text)
    if token.issuer != ISSUER:
        await _check_foreign(services, robot, token)
        return
    now_seconds = services.database.clock.now().timestamp()
    claims = parse_claims(await services.signer.verify_payload(text, now_seconds))
    check_claims(claims, issuer=ISSUER, audiences=(_AUDIENCE,), now_seconds=now_seconds)
    federation = claims.get("federation")
    if claims["sub"] != robot.name or not isinstance(federation, dict):
        raise InvalidToken
    await _require_federated(services, robot, str(federation.get("issuer")), str(federation.get("subject")))


async def _check_foreign(services: AccessServices, robot: StoredRobot, token: UnverifiedToken) -> None:
    """Asks the issuer for its keys only when the robot's list names it: nobody else can make us call an address."""
    await _require_federated(services, robot, token.issuer, token.subject)
    external, now = services.external, services.database.clock.now()
    if not external.audiences:
        raise InvalidToken("Keyless robots need the setting public_url or signin.federation_audiences.")
    claims = await external.issuers.verify(token, now)
    check_claims(claims, issuer=token.issuer, audiences=external.audiences, now_seconds=now.timestamp())


async def _require_federated(services: AccessServices, robot: StoredRobot, issuer: str, subject: str) -> None:
    if not await services.database.read(is_federated, robot.id, Federation(issuer, subject)):
        raise InvalidToken


def _find_robot(work: UnitOfWork, name: str) -> StoredRobot | None:
    return credentials.find_robot(work.connection, name)


def _record_exchange(work: UnitOfWork, robot: StoredRobot, token: UnverifiedToken, address: str | None) -> None:
    credentials.touch_robot(work.connection, robot.id, work.now)
    identity = Identity(IdentityKind.ROBOT, robot.name, robot_id=robot.id, namespace_id=robot.namespace_id, reference=robot.name)
    record(
        work,
        identity,
        LogKind.FEDERATED_ROBOT_TOKEN_EXCHANGE,
        namespace_id=robot.namespace_id,
        address=address,
        robot=robot.name.partition("+")[2],
        issuer=token.issuer,
        subject=token.subject,
    )
