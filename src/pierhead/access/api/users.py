"""The caller's own account: `/user/`, sign-up, the first user, the client key (api-v1/accounts, section 3)."""

from typing import Any

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from pierhead.access import manage_user
from pierhead.access.api.dependencies import (
    Address,
    Caller,
    FreshOwner,
    GuardedCaller,
    Services,
    User,
    give_session,
    require_own_accounts,
)
from pierhead.access.api.routing import ApiRouter
from pierhead.access.api.views import view_stranger, view_user
from pierhead.access.authenticate import identify_user, verify_password
from pierhead.access.encrypted_passwords import encrypt_password
from pierhead.access.manage_user import Changes
from pierhead.access.model.errors import InvalidCredentials, SignInRequired, WrongPassword
from pierhead.access.sessions import start_anonymous_session, start_session
from pierhead.access.sign_up import NewUser, sign_up

router = ApiRouter()
_DETAILS = ("invoice_email_address", "given_name", "family_name", "company", "location")


class NewUserBody(BaseModel):
    """Whoever signs up; an invitation that was mailed brings its code."""

    username: str
    password: str
    email: str | None = None
    invite_code: str | None = None


class FirstUserBody(BaseModel):
    """The first user, for a script that goes on with the token."""

    username: str
    password: str
    email: str | None = None
    access_token: bool = False


class ChangesBody(BaseModel):
    """What is to change; absent fields stay as they are."""

    username: str | None = None
    password: str | None = None
    email: str | None = None
    tag_expiration_s: int | None = Field(None, strict=True)
    invoice_email: bool | None = None
    invoice_email_address: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    company: str | None = None
    location: str | None = None


class PasswordBody(BaseModel):
    """The password, given again."""

    password: str


@router.get("/user/")
async def get_user(caller: Caller, services: Services) -> dict[str, Any]:
    """The signed-in user."""
    if caller.user_id is None or not caller.reads_user:
        raise SignInRequired(detail={"session_required": False})
    return view_user(await services.database.read(manage_user.view_own_account, caller.user_id, grants=services.repository_grants), caller)


@router.post("/user/")
async def create_user(
    body: NewUserBody, request: Request, response: Response, _caller: GuardedCaller, services: Services, address: Address
) -> dict[str, Any]:
    """Sign up, and be signed in, or be asked to follow the link in a mail first."""
    wanted = NewUser(body.username, body.email, body.password, body.invite_code)
    signed_up = await sign_up(services, wanted, address=address)
    if signed_up.awaits_verification:
        return {"awaiting_verification": True}
    user = signed_up.user
    give_session(request, response, services, start_session(user, services.database.clock.now()))
    return view_user(
        await services.database.read(manage_user.view_own_account, user.id, grants=services.repository_grants), identify_user(user)
    )


@router.put("/user/")
async def change_user(
    body: ChangesBody, request: Request, response: Response, caller: FreshOwner, services: Services, address: Address
) -> dict[str, Any]:
    """Change the name, the password, the e-mail address, the time machine's reach or the details. A new password ends every other session."""
    details: dict[str, Any] = {name: getattr(body, name) for name in _DETAILS if name in body.model_fields_set}
    if body.invoice_email is not None:
        details["sends_invoices"] = body.invoice_email
    changes = Changes(body.password, body.email, body.tag_expiration_s, details, body.username)
    user = await manage_user.change_user(services, caller.identity, caller.user, changes, address=address)
    if body.password is not None:
        give_session(request, response, services, start_session(user, services.database.clock.now()))
    return view_user(
        await services.database.read(manage_user.view_own_account, user.id, grants=services.repository_grants), caller.identity
    )


@router.delete("/user/", status_code=204, dependencies=[Depends(require_own_accounts)])
async def delete_user(request: Request, caller: FreshOwner, services: Services, address: Address) -> Response:
    """The caller and everything in the caller's namespace are gone."""
    await services.database.write(
        manage_user.delete_user, caller.identity, caller.user.id, grants=services.repository_grants, address=address
    )
    response = Response(status_code=204)
    give_session(request, response, services, start_anonymous_session(), announce=False)
    return response


@router.get("/users/{username}")
async def get_any_user(username: str, caller: Caller, services: Services) -> dict[str, Any]:
    """What everybody may know of a user; the caller itself is shown whole."""
    view = await services.database.read(manage_user.view_account, username, grants=services.repository_grants)
    return view_user(view, caller) if caller.user_id == view.account.id and caller.reads_user else view_stranger(view.account)


@router.post("/user/clientkey")
async def create_client_key(body: PasswordBody, caller: User, services: Services, address: Address) -> dict[str, str]:
    """An encrypted password for a client's configuration."""
    try:
        await verify_password(services, caller.user, body.password, address=address)
    except InvalidCredentials as error:
        raise WrongPassword from error
    return {"key": await manage_user.make_client_key(services, caller.identity, caller.user, address=address)}


@router.post("/user/initialize")
async def initialize(body: FirstUserBody, request: Request, response: Response, services: Services, address: Address) -> dict[str, Any]:
    """Create the first user, a superuser, without sign-in or CSRF token."""
    first = await manage_user.initialize(services, body.username, body.email, body.password, with_token=body.access_token, address=address)
    now = services.database.clock.now()
    give_session(request, response, services, start_session(first.user, now))
    view = {
        "username": first.user.name,
        "email": first.user.email,
        "encrypted_password": encrypt_password(first.user, services.secret_box, now),
    }
    return view if first.access_token is None else {**view, "access_token": first.access_token}
