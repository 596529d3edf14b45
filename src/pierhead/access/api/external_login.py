"""Sign-in at other providers: `/externallogin`, `/detachexternal`, and the addresses that providers send people back to (api-v1/accounts, section 2)."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from pierhead.access import sign_in_external
from pierhead.access.api.dependencies import (
    Address,
    AnyCaller,
    ApiCaller,
    GuardedCaller,
    Services,
    User,
    give_session,
    require_direct_login,
)
from pierhead.access.api.routing import ApiRouter
from pierhead.access.external_login import AWAY_SECONDS, LoginKind, Returned, attach, come_back, depart, enter
from pierhead.access.record_logins import note_login
from pierhead.access.services import AccessServices
from pierhead.access.sessions import start_external_session
from pierhead.platform.errors import PierheadError

router = ApiRouter()
outside_router = ApiRouter()
"""The paths outside `/api/v1`."""

_COOKIE = "_oauth_csrf_token"
_COOKIE_PATH = "/oauth2"
_LONGEST_DESCRIPTION = 300


class ExternalLoginBody(BaseModel):
    """What the sign-in is for."""

    kind: LoginKind


def find_public_address(request: Request) -> str:
    """Where browsers reach this server."""
    return getattr(request.app.state, "public_url", None) or str(request.base_url).rstrip("/")


PublicAddress = Annotated[str, Depends(find_public_address)]


@router.post("/externallogin/{service}")
async def get_authorization_url(
    service: str, body: ExternalLoginBody, response: Response, caller: GuardedCaller, services: Services, public: PublicAddress
) -> dict[str, str]:
    """Where to send the browser, which has to be the one that asks."""
    away = await depart(services, service, body.kind, _callback(public, service, body.kind), caller.user)
    _remember(response, away.sealed, public)
    response.headers["Cache-Control"] = "no-store"
    return {"auth_url": away.url}


@router.post("/detachexternal/{service}", dependencies=[Depends(require_direct_login)])
async def detach_external_login(service: str, caller: User, services: Services, address: Address) -> dict[str, bool]:
    """The account cannot be entered by this service any more."""
    await services.database.write(sign_in_external.detach_login, caller.identity, caller.user.id, service, address=address)
    return {"success": True}


@outside_router.get("/oauth2/{service}/signin")
async def begin_sign_in(service: str, services: Services, public: PublicAddress) -> Response:
    """Go to the provider's sign-in page: a link for pages without scripts."""
    try:
        away = await depart(services, service, LoginKind.LOGIN, _callback(public, service, LoginKind.LOGIN), None)
    except PierheadError as error:
        return _refuse(error, service)
    response = RedirectResponse(away.url, 302, headers={"Cache-Control": "no-store"})
    _remember(response, away.sealed, public)
    return response


@outside_router.get("/oauth2/{service}/callback")
async def end_sign_in(service: str, request: Request, services: Services, address: Address, public: PublicAddress) -> Response:
    """Back from the provider: the person is signed in, or sent to a page that says why not."""
    return await _end_sign_in(LoginKind.LOGIN, service, request, services, address, public)


@outside_router.get("/oauth2/{service}/callback/cli")
async def end_client_sign_in(service: str, request: Request, services: Services, address: Address, public: PublicAddress) -> Response:
    """As a sign-in; it ends where a password for clients can be made."""
    return await _end_sign_in(LoginKind.CLI, service, request, services, address, public)


@outside_router.get("/oauth2/{service}/callback/attach")
async def end_attaching(
    service: str, request: Request, caller: AnyCaller, services: Services, address: Address, public: PublicAddress
) -> Response:
    """Back from the provider: the sign-in is attached to the account that is signed in."""
    try:
        journey, user = await _come_back(LoginKind.ATTACH, service, request, services, public)
        await attach(services, journey, user, caller.identity, caller.user, address=address)
    except PierheadError as error:
        return _refuse(error, service)
    return _go_on(f"/user/{_name(caller)}?tab=external")


async def _end_sign_in(
    kind: LoginKind, service: str, request: Request, services: AccessServices, address: str | None, public: str
) -> Response:
    try:
        _, external = await _come_back(kind, service, request, services, public)
        user = await enter(services, external, address=address)
    except PierheadError as error:
        return _refuse(error, service)
    await note_login(services, user, address=address, user_agent=request.headers.get("User-Agent"))
    response = _go_on("/" if kind is LoginKind.LOGIN else f"/user/{user.name}?tab=settings")
    give_session(request, response, services, start_external_session(user, services.database.clock.now()))
    return response


async def _come_back(kind: LoginKind, service: str, request: Request, services: AccessServices, public: str) -> Any:
    query = request.query_params
    returned = Returned(query.get("state", ""), query.get("code"), query.get("error"))
    return await come_back(services, service, kind, request.cookies.get(_COOKIE), returned, _callback(public, service, kind))


def _callback(public: str, service: str, kind: LoginKind) -> str:
    """The address that the provider has to know."""
    return f"{public}/oauth2/{service}/callback" + ("" if kind is LoginKind.LOGIN else f"/{kind}")


def _remember(response: Response, sealed: str, public: str) -> None:
    response.set_cookie(
        _COOKIE, sealed, max_age=AWAY_SECONDS, path=_COOKIE_PATH, httponly=True, samesite="lax", secure=public.startswith("https://")
    )


def _go_on(path: str) -> Response:
    response = RedirectResponse(path, 302, headers={"Cache-Control": "no-store"})
    response.delete_cookie(_COOKIE, path=_COOKIE_PATH)
    return response


def _refuse(error: PierheadError, service: str) -> Response:
    query = urlencode({"error": "oauth_error", "error_description": error.message[:_LONGEST_DESCRIPTION], "provider": service[:64]})
    return _go_on(f"/oauth-error?{query}")


def _name(caller: ApiCaller) -> str:
    return "" if caller.user is None else caller.user.name
