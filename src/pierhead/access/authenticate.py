"""Turn what a client sends as HTTP Basic into an identity (registry-protocol 3.4)."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from pierhead.access.directory_users import find_directory_login, find_directory_user, without_password
from pierhead.access.encrypted_passwords import is_encrypted_password
from pierhead.access.model.credentials import StoredApplicationToken, StoredRobot, StoredUser
from pierhead.access.model.errors import AccountDisabled, EmailUnverified, EncryptedPasswordRequired, InvalidCredentials, InvalidToken
from pierhead.access.model.external import ExternalUser
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.identity_tokens import LONGEST_TOKEN, may_be_identity_token
from pierhead.access.model.oauth import TOKEN_LENGTH, StoredOAuthToken, digest_secret
from pierhead.access.model.oauth_scopes import may_be_superuser, parse_scopes
from pierhead.access.provider_tokens import authenticate_provider_token
from pierhead.access.robot_federation import check_robot_token
from pierhead.access.services import AccessServices
from pierhead.access.sign_in_external import sign_in_external
from pierhead.access.store import credentials, oauth_tokens
from pierhead.access.throttle import Block, LoginSubjects, find_block, record_failure, record_success
from pierhead.accounts.model.names import is_name
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import RateLimited, Unavailable

APPLICATION_TOKEN_USER = "$app"
OAUTH_TOKEN_USER = "$oauthtoken"
_TOKENS_TO_COME = frozenset({"$token"})
_LONGEST_NAME = 512
_LONGEST_SECRET = 4096
_TOUCH_EVERY = timedelta(hours=1)
_log = structlog.get_logger("pierhead.access")


async def authenticate_basic(services: AccessServices, username: str, password: str, *, address: str | None) -> Identity:
    """Who sends this user name and password. `address` is the client's, for slowing down guesses.

    Raises InvalidCredentials, InvalidToken, AccountDisabled, EmailUnverified, EncryptedPasswordRequired, and RateLimited after too many failures.
    """
    if len(username) > _LONGEST_NAME or len(password) > LONGEST_TOKEN:
        raise InvalidCredentials
    if username == APPLICATION_TOKEN_USER:
        return await authenticate_application_token(services, password)
    if username == OAUTH_TOKEN_USER:
        return await authenticate_oauth_token(services, password)
    if username in _TOKENS_TO_COME:
        raise InvalidToken("Invalid access token")
    if "+" in username and "@" not in username:
        return await _authenticate_robot(services, username, password)
    user = await authenticate_user(services, username, password, address=address, may_be_encrypted=True)
    return identify_user(user)


async def authenticate_user(
    services: AccessServices, username: str, password: str, *, address: str | None, may_be_encrypted: bool = False
) -> StoredUser:
    """The user with this name or e-mail address and password. Takes as long for a name that does not exist.

    With `may_be_encrypted` an encrypted password is taken too, and plain ones are refused where the settings say so.
    Raises as `authenticate_basic`.
    """
    if len(username) > _LONGEST_NAME or len(password) > _LONGEST_SECRET:
        raise InvalidCredentials
    if not services.external.options.direct:
        raise InvalidCredentials("Sign-in by password is switched off. Please use a robot or an application token.")
    subjects = LoginSubjects.of(username, address)
    database = services.database
    now = database.clock.now()
    attempt = await database.read(_look_up, username, subjects, services.external.directory_service)
    user = attempt.user
    if user is not None and may_be_encrypted and is_encrypted_password(user, password, services.secret_box, now):
        return await _accept(services, user, now)
    if may_be_encrypted and services.options.encrypted_passwords_only:
        raise EncryptedPasswordRequired
    if user is not None and services.credentials.holds(user, password, now):
        return await _accept(services, user, now)
    if attempt.block.seconds_left > 0:
        raise RateLimited(retry_after_seconds=attempt.block.seconds_left)
    verified = await services.passwords.check(user, username, password)
    if verified is None:
        await database.write(record_failure, subjects, attempts=services.options.login_attempts)
        raise InvalidCredentials
    user = await _enter(services, verified, address) if isinstance(verified, ExternalUser) else verified
    if attempt.block.has_failures:
        await database.write(record_success, subjects)
    services.credentials.remember(user, password, now)
    return await _accept(services, user, now)


async def verify_password(services: AccessServices, user: StoredUser, password: str, *, address: str | None) -> None:
    """Check the password of a user who is signed in. Raises InvalidCredentials and RateLimited."""
    service = services.external.directory_service
    login = await services.database.read(find_directory_login, service, user.id) if service is not None else None
    found = await authenticate_user(services, user.name if login is None else login.subject, password, address=address)
    if found.id != user.id:
        raise InvalidCredentials


async def authenticate_application_token(services: AccessServices, code: str) -> Identity:
    """The owner of an application token. Raises InvalidToken and AccountDisabled."""
    if len(code) > _LONGEST_SECRET:
        raise InvalidToken
    database = services.database
    now = database.clock.now()
    token = await database.read(_find_application_token, _sha256(code))
    if token is None or (token.expires_at is not None and token.expires_at <= now):
        raise InvalidToken
    if not token.is_enabled:
        raise AccountDisabled
    if _is_stale(token.last_used_at, now):
        await _note_use(services, _touch_application_token, token.id)
    return Identity(
        IdentityKind.APPLICATION_TOKEN, token.user_name, user_id=token.user_id, is_superuser=token.is_superuser, reference=token.uuid
    )


async def authenticate_oauth_token(services: AccessServices, secret: str) -> Identity:
    """The user that an OAuth token acts as, capped by its scopes, or that a token of an identity provider is about.

    Raises InvalidToken, AccountDisabled and, for the latter, as `authenticate_provider_token`.
    """
    if may_be_identity_token(secret):
        return identify_user(await authenticate_provider_token(services, secret))
    if len(secret) != TOKEN_LENGTH:
        raise InvalidToken
    database = services.database
    now = database.clock.now()
    token = await database.read(_find_oauth_token, secret)
    if token is None or token.expires_at <= now:
        raise InvalidToken
    if not token.is_enabled:
        raise AccountDisabled
    if _is_stale(token.last_used_at, now):
        await _note_use(services, _touch_oauth_token, token.id)
    scopes = parse_scopes(token.scopes)
    return Identity(
        IdentityKind.OAUTH_TOKEN,
        token.user_name,
        user_id=token.user_id,
        is_superuser=token.is_superuser and may_be_superuser(scopes),
        reference=token.uuid,
        scopes=scopes,
    )


def identify_user(user: StoredUser) -> Identity:
    """The identity of a user whose credentials or session were right."""
    return Identity(IdentityKind.USER, user.name, user_id=user.id, is_superuser=user.is_superuser, reference=user.uuid)


async def _authenticate_robot(services: AccessServices, name: str, token: str) -> Identity:
    namespace, _, short = name.partition("+")
    if not is_name(namespace) or not is_name(short):
        raise InvalidCredentials
    database = services.database
    robot = await database.read(_find_robot, name)
    if robot is None:
        raise InvalidCredentials
    if not _is_token_of(robot, _sha256(token), database.clock.now()):
        if not may_be_identity_token(token):
            raise InvalidCredentials
        await check_robot_token(services, robot, token)
    if not robot.is_enabled:
        raise AccountDisabled
    if _is_stale(robot.last_used_at, database.clock.now()):
        await _note_use(services, _touch_robot, robot.id)
    return Identity(IdentityKind.ROBOT, robot.name, robot_id=robot.id, namespace_id=robot.namespace_id, reference=robot.name)


@dataclass(frozen=True, slots=True)
class _Attempt:
    user: StoredUser | None
    block: Block


async def _accept(services: AccessServices, user: StoredUser, now: datetime) -> StoredUser:
    """The last door: the password is right, so that only its owner learns that the account is disabled."""
    if not user.is_enabled:
        raise AccountDisabled
    if services.mailing is not None and not user.is_verified:
        raise EmailUnverified
    if _is_stale(user.last_seen_at, now):
        await _note_use(services, _touch_user, user.id)
    return user


async def _enter(services: AccessServices, user: ExternalUser, address: str | None) -> StoredUser:
    """The account of somebody whose password the directory has just found right."""
    directory = services.external.directory
    assert directory is not None
    return without_password(await services.database.write(sign_in_external, user, directory.first_sign_in, address=address))


async def _note_use(services: AccessServices, touch: Callable[[UnitOfWork, int], None], row_id: int) -> None:
    """Record the moment. On a full disk nobody may push, but whoever comes to pull still gets in."""
    try:
        await services.database.write(touch, row_id)
    except Unavailable as error:
        _log.warning("the last use of a credential was not recorded", reason=error.message)


def _look_up(work: UnitOfWork, username: str, subjects: LoginSubjects, service: str | None) -> _Attempt:
    """`service` is the directory that checks passwords, if there is one."""
    block = find_block(work, subjects)
    user = find_directory_user(work, service, username) if service is not None else None
    if user is not None:
        return _Attempt(user, block)
    user = _find_user(work, username)
    if user is not None and service is not None and find_directory_login(work, service, user.id) is not None:
        user = without_password(user)
    return _Attempt(user, block)


def _find_user(work: UnitOfWork, username: str) -> StoredUser | None:
    if "@" in username:
        return credentials.find_user_by_email(work.connection, username.lower()) if username.isprintable() else None
    return credentials.find_user_by_name(work.connection, username) if is_name(username) else None


def _is_token_of(robot: StoredRobot, sha256: bytes, now: datetime) -> bool:
    """Whether it is the robot's token, or the one before while both are taken."""
    if hmac.compare_digest(robot.token_sha256, sha256):
        return robot.token_expires_at is None or now < robot.token_expires_at
    previous, until = robot.previous_token_sha256, robot.previous_token_expires_at
    return previous is not None and until is not None and now < until and hmac.compare_digest(previous, sha256)


def _is_stale(last_used_at: datetime | None, now: datetime) -> bool:
    return last_used_at is None or now - last_used_at >= _TOUCH_EVERY


def _sha256(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _find_robot(work: UnitOfWork, name: str) -> StoredRobot | None:
    return credentials.find_robot(work.connection, name)


def _find_application_token(work: UnitOfWork, code_sha256: bytes) -> StoredApplicationToken | None:
    return credentials.find_application_token(work.connection, code_sha256)


def _find_oauth_token(work: UnitOfWork, secret: str) -> StoredOAuthToken | None:
    return oauth_tokens.find_by_secret(work.connection, digest_secret(secret))


def _touch_oauth_token(work: UnitOfWork, token_id: int) -> None:
    oauth_tokens.touch(work.connection, token_id, work.now)


def _touch_user(work: UnitOfWork, user_id: int) -> None:
    credentials.touch_user(work.connection, user_id, work.now)


def _touch_robot(work: UnitOfWork, robot_id: int) -> None:
    credentials.touch_robot(work.connection, robot_id, work.now)


def _touch_application_token(work: UnitOfWork, token_id: int) -> None:
    credentials.touch_application_token(work.connection, token_id, work.now)
