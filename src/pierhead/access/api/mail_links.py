"""Ask for a mailed link (`/recovery`), and what happens when somebody follows one (api-v1, section 8)."""

import uuid
from html import escape
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from pierhead.access.api.dependencies import Address, AnyCaller, GuardedCaller, Services, give_session
from pierhead.access.api.routing import ApiRouter
from pierhead.access.confirm_email import confirm_email
from pierhead.access.jobs import request_recovery
from pierhead.access.mailing import Mailing
from pierhead.access.manage_invitations import accept_invitation
from pierhead.access.model.errors import AccountDisabled, FeatureDisabled
from pierhead.access.record_logins import note_login
from pierhead.access.recover_account import recover_account
from pierhead.access.services import AccessServices
from pierhead.access.sessions import start_session
from pierhead.accounts.model.errors import AccountNotFound, EmailTaken
from pierhead.accounts.model.invitations import InvitationNotFound
from pierhead.accounts.model.mailed_codes import InvalidCode

router = ApiRouter()
outside_router = ApiRouter()
"""The paths outside `/api/v1`."""

# The address of the page holds a code: it goes into no cache and to no other site.
_SECRET_PAGE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Content-Security-Policy": "default-src 'none'"}


class RecoveryBody(BaseModel):
    """The address that the account was made with."""

    email: str


def require_mailing(services: AccessServices) -> Mailing:
    """Raises FeatureDisabled while no mail server is set."""
    if services.mailing is None:
        raise FeatureDisabled
    return services.mailing


@router.post("/recovery")
async def ask_for_recovery(body: RecoveryBody, _caller: GuardedCaller, services: Services, address: Address) -> dict[str, str]:
    """Have a link mailed that signs in without the password. The answer is the same whether anybody has the address."""
    require_mailing(services)
    await services.database.write(request_recovery, body.email, str(uuid.uuid4()), address=address)
    return {"status": "sent"}


@outside_router.get("/confirm", include_in_schema=False)
async def follow_confirmation(code: str, request: Request, services: Services, address: Address) -> Response:
    """The address is the user's. Whoever has just signed up is signed in by it."""
    mailing = require_mailing(services)
    try:
        confirmed = await services.database.write(confirm_email, mailing, code, address=address)
    except (InvalidCode, EmailTaken, AccountDisabled, AccountNotFound) as error:
        return _explain(error.message)
    if not confirmed.is_new_account:
        return _send_to(f"/user/{quote(confirmed.user.name)}?tab=Settings")
    await note_login(services, confirmed.user, address=address, user_agent=request.headers.get("User-Agent"))
    response = _send_to("/")
    give_session(request, response, services, start_session(confirmed.user, services.database.clock.now()), announce=False)
    return response


@outside_router.get("/recovery", include_in_schema=False)
async def follow_recovery(code: str, request: Request, services: Services, address: Address) -> Response:
    """Sign in, once; the page that follows is where the password is set."""
    require_mailing(services)
    try:
        user = await services.database.write(recover_account, code)
    except (InvalidCode, AccountDisabled, AccountNotFound) as error:
        return _explain(error.message)
    await note_login(services, user, address=address, user_agent=request.headers.get("User-Agent"))
    response = _send_to(f"/user/{quote(user.name)}?tab=Settings")
    give_session(request, response, services, start_session(user, services.database.clock.now()), announce=False)
    return response


@outside_router.get("/confirminvite", include_in_schema=False)
async def follow_invitation(code: str, caller: AnyCaller, services: Services, address: Address) -> Response:
    """Join the team; somebody who is not signed in takes the code along to the sign-in or the new account."""
    require_mailing(services)
    if caller.user is None:
        return _send_to("/signin?" + urlencode({"invite_code": code}))
    try:
        joined = await services.database.write(accept_invitation, caller.identity, code, address=address)
    except InvitationNotFound:
        return _explain("This invitation was answered already, withdrawn, or is meant for somebody else.")
    return _send_to(f"/organization/{quote(joined.organization)}?tab=Teamsandmembership")


def _send_to(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=303, headers=_SECRET_PAGE)


def _explain(message: str) -> HTMLResponse:
    page = f'<!doctype html>\n<title>Pierhead</title>\n<p>{escape(message)}</p>\n<p><a href="/">Go on</a></p>\n'
    return HTMLResponse(page, status_code=400, headers=_SECRET_PAGE)
