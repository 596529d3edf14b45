"""Who calls the REST API: by session cookie and CSRF token, by `$app` or `$oauthtoken` over Basic, or by bearer token (api-v1, section 4)."""

import base64
import binascii
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request, Response

from pierhead.access.api.forms import read_form
from pierhead.access.authenticate import (
    APPLICATION_TOKEN_USER,
    OAUTH_TOKEN_USER,
    authenticate_application_token,
    authenticate_oauth_token,
    identify_user,
)
from pierhead.access.manage_user import get_stored_user
from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.errors import (
    BrowserCallRefused,
    CsrfInvalid,
    FeatureDisabled,
    FreshLoginRequired,
    InvalidToken,
    NotAllowed,
    SignInRequired,
)
from pierhead.access.model.identity import ANONYMOUS, Identity, IdentityKind
from pierhead.access.model.identity_tokens import may_be_identity_token
from pierhead.access.model.oauth import TOKEN_LENGTH
from pierhead.access.powers import empower
from pierhead.access.services import AccessServices
from pierhead.access.sessions import Session, open_session, seal_session

COOKIE = "_csrf_token"
_CSRF_HEADER = "X-CSRF-Token"
_NEXT_CSRF_HEADER = "X-Next-CSRF-Token"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class ApiCaller:
    """A caller, and how it became known. `user` is there for sessions, `session` also for one in which nobody is signed in."""

    identity: Identity
    session: Session | None = None
    user: StoredUser | None = None
    has_token: bool = False


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """A caller that acts as a user, with the user's row."""

    identity: Identity
    user: StoredUser


def find_services(request: Request) -> AccessServices:
    """The services that the composition root put into the application's state as `access`."""
    services: AccessServices = request.app.state.access
    return services


Services = Annotated[AccessServices, Depends(find_services)]


def find_address(request: Request) -> str | None:
    """The client's address, for the log and for slowing down guesses."""
    return request.client.host if request.client else None


Address = Annotated[str | None, Depends(find_address)]


def require_direct_login(services: Services) -> None:
    """Raises FeatureDisabled where nobody signs in by password."""
    if not services.external.options.direct:
        raise FeatureDisabled


def require_own_accounts(services: Services) -> None:
    """Raises FeatureDisabled where people make and end their accounts elsewhere."""
    if services.external.keeps_accounts_elsewhere:
        raise FeatureDisabled


async def identify_caller(request: Request, services: Services) -> ApiCaller:
    """Whoever calls, CSRF not checked. Raises InvalidToken, AccountDisabled, and BrowserCallRefused where the settings ask for scripts."""
    if services.options.browser_calls_xhr_only and _is_followed_link(request):
        raise BrowserCallRefused
    caller = await _identify(request, services)
    return replace(caller, identity=empower(caller.identity, services.options))


async def _identify(request: Request, services: AccessServices) -> ApiCaller:
    authorization = request.headers.get("Authorization")
    if authorization:
        return await _identify_by_header(services, authorization, is_safe=request.method in _SAFE_METHODS)
    cookie = request.cookies.get(COOKIE)
    opened = await open_session(services, cookie) if cookie else None
    if opened is None:
        return ApiCaller(ANONYMOUS)
    identity = ANONYMOUS if opened.user is None else identify_user(opened.user)
    return ApiCaller(identity, opened.session, opened.user)


AnyCaller = Annotated[ApiCaller, Depends(identify_caller)]


async def guard_caller(request: Request, caller: AnyCaller) -> ApiCaller:
    """Whoever calls; raises CsrfInvalid when a call that changes something came neither with a token nor from our own pages."""
    if request.method in _SAFE_METHODS or caller.has_token:
        return caller
    token = await find_csrf_token(request)
    if caller.session is None or token is None or not caller.session.accepts(token):
        raise CsrfInvalid
    return caller


GuardedCaller = Annotated[ApiCaller, Depends(guard_caller)]


def find_identity(caller: GuardedCaller) -> Identity:
    """The caller's identity, which may be anonymous."""
    return caller.identity


Caller = Annotated[Identity, Depends(find_identity)]


async def require_signed_in(caller: GuardedCaller, services: Services) -> SignedInUser:
    """Raises SignInRequired unless the caller acts as a user, with whatever scopes."""
    if caller.user is not None:
        return SignedInUser(caller.identity, caller.user)
    if caller.identity.user_id is None:
        raise SignInRequired
    return SignedInUser(caller.identity, await services.database.read(get_stored_user, caller.identity.user_id))


SignedIn = Annotated[SignedInUser, Depends(require_signed_in)]


def require_user(signed_in: SignedIn) -> SignedInUser:
    """Raises SignInRequired and NotAllowed unless the caller may act as a user on the user's own account."""
    if not signed_in.identity.administers_user:
        raise NotAllowed
    return signed_in


User = Annotated[SignedInUser, Depends(require_user)]


async def require_fresh_user(caller: GuardedCaller, user: SignedIn, services: Services) -> SignedInUser:
    """As `require_signed_in`, and FreshLoginRequired when the password was given too long ago (api-v1, 4.3).

    An OAuth token and a token of an identity provider always pass, an application token never does.
    """
    if caller.has_token and caller.identity.kind is not IdentityKind.APPLICATION_TOKEN:
        return user
    if caller.session is None:
        raise FreshLoginRequired
    now = services.database.clock.now()
    has_password = user.user.password_hash is not None or services.external.directory is not None
    if has_password and not caller.session.is_external and not caller.session.is_fresh(now, services.options.fresh_login_seconds):
        raise FreshLoginRequired
    return user


FreshUser = Annotated[SignedInUser, Depends(require_fresh_user)]
"""For what the verb checks the right of; `FreshOwner` is for the user's own account."""


def require_fresh_owner(user: FreshUser) -> SignedInUser:
    """As `require_fresh_user` and `require_user`."""
    return require_user(user)


FreshOwner = Annotated[SignedInUser, Depends(require_fresh_owner)]


def give_session(request: Request, response: Response, services: AccessServices, session: Session, *, announce: bool = True) -> None:
    """Set the session's cookie, and tell the new CSRF token in the header that clients read after a sign-in."""
    response.set_cookie(
        COOKIE,
        seal_session(services, session),
        max_age=services.options.session_seconds,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    if announce:
        response.headers[_NEXT_CSRF_HEADER] = session.csrf_token


def _is_followed_link(request: Request) -> bool:
    """Whether a browser asks for a page of the API without a script behind it. Every browser calls itself Mozilla."""
    return (
        request.method == "GET"
        and request.url.path.startswith("/api/")
        and "Mozilla/" in request.headers.get("User-Agent", "")
        and request.headers.get("X-Requested-With") != "XMLHttpRequest"
    )


async def _identify_by_header(services: AccessServices, authorization: str, *, is_safe: bool) -> ApiCaller:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        try:
            return ApiCaller(await _identify_bearer(services, value.strip()), has_token=True)
        except InvalidToken:
            if is_safe and not may_be_identity_token(value.strip()):
                # A stale token must not hide what a visitor without one may see.
                return ApiCaller(ANONYMOUS, has_token=True)
            raise
    if scheme.lower() == "basic":
        username, password = parse_basic(value)
        if username == APPLICATION_TOKEN_USER:
            return ApiCaller(await authenticate_application_token(services, password), has_token=True)
        if username == OAUTH_TOKEN_USER:
            return ApiCaller(await authenticate_oauth_token(services, password), has_token=True)
    raise InvalidToken("The API takes a session, an application token as $app over Basic, or a bearer token.")


async def _identify_bearer(services: AccessServices, token: str) -> Identity:
    """Tokens are told apart by their form."""
    if len(token) == TOKEN_LENGTH or may_be_identity_token(token):
        return await authenticate_oauth_token(services, token)
    return await authenticate_application_token(services, token)


def parse_basic(value: str) -> tuple[str, str]:
    """User name and password of a Basic header's value. Raises InvalidToken when it is malformed."""
    try:
        text = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidToken from error
    username, colon, password = text.partition(":")
    if not colon:
        raise InvalidToken
    return username, password


async def find_csrf_token(request: Request) -> str | None:
    """From the header, the query, or a form."""
    token = request.headers.get(_CSRF_HEADER) or request.query_params.get(COOKIE)
    return token or (await read_form(request)).get(COOKIE)
