"""Sign in and out, and the CSRF token that both need (api-v1/accounts, section 2)."""

from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from pierhead.access import manage_user
from pierhead.access.api.dependencies import Address, AnyCaller, GuardedCaller, Services, User, give_session, require_direct_login
from pierhead.access.api.routing import ApiRouter
from pierhead.access.authenticate import authenticate_user, verify_password
from pierhead.access.model.errors import AccountDisabled, EmailUnverified, InvalidCredentials
from pierhead.access.record_logins import note_failed_login, note_login
from pierhead.access.sessions import start_anonymous_session, start_session
from pierhead.access.sign_up import accept_with, mail_link_again

router = ApiRouter()
outside_router = ApiRouter()
"""The path outside `/api/v1`."""


class SignInBody(BaseModel):
    """Name or e-mail address, and password; an invitation that was mailed brings its code."""

    username: str
    password: str
    invite_code: str | None = None


class VerifyBody(BaseModel):
    """The password, given again."""

    password: str


@outside_router.get("/csrf_token")
async def get_csrf_token(request: Request, response: Response, caller: AnyCaller, services: Services) -> dict[str, str]:
    """The token of the session that the caller has, or of a new one."""
    session = caller.session
    if session is None:
        session = start_anonymous_session()
        give_session(request, response, services, session, announce=False)
    response.headers["Cache-Control"] = "no-store"
    return {"csrf_token": session.csrf_token}


@router.post("/signin", dependencies=[Depends(require_direct_login)])
async def sign_in(body: SignInBody, request: Request, _caller: GuardedCaller, services: Services, address: Address) -> Response:
    """Start a session of the user. A refusal never tells whether the name exists."""
    agent = request.headers.get("User-Agent")
    try:
        user = await authenticate_user(services, body.username, body.password, address=address)
    except (InvalidCredentials, AccountDisabled) as error:
        await note_failed_login(services, body.username, error.message, address=address, user_agent=agent)
        return _refuse(error.message, invalid=isinstance(error, InvalidCredentials))
    except EmailUnverified as error:
        await note_failed_login(services, body.username, error.message, address=address, user_agent=agent)
        await mail_link_again(services, body.username)
        return _refuse(error.message, unverified=True)
    if body.invite_code:
        await services.database.write(accept_with, user.id, body.invite_code, address=address)
    await note_login(services, user, address=address, user_agent=agent)
    response = JSONResponse({"success": True})
    give_session(request, response, services, start_session(user, services.database.clock.now()))
    return response


@router.post("/signin/verify")
async def verify(body: VerifyBody, request: Request, caller: User, services: Services, address: Address) -> Response:
    """Give the password again, so that dangerous calls pass for a while."""
    try:
        await verify_password(services, caller.user, body.password, address=address)
    except InvalidCredentials as error:
        return JSONResponse({"message": error.message, "invalidCredentials": True}, status_code=403)
    response = JSONResponse({"success": True})
    give_session(request, response, services, start_session(caller.user, services.database.clock.now()))
    return response


@router.post("/signout")
async def sign_out(request: Request, response: Response, caller: GuardedCaller, services: Services, address: Address) -> dict[str, bool]:
    """End every session of the user."""
    await manage_user.sign_out(services, caller.identity, address=address)
    give_session(request, response, services, start_anonymous_session(), announce=False)
    return {"success": True}


def _refuse(message: str, *, invalid: bool = False, unverified: bool = False) -> Response:
    body: dict[str, Any] = {"needsEmailVerification": unverified, "invalidCredentials": invalid, "message": message}
    return JSONResponse(body, status_code=403)
