"""OAuth applications of organizations and their tokens (api-v1/accounts, sections 8.1 and 8.2)."""

from typing import Any

from fastapi import Response
from pydantic import BaseModel, Field

from pierhead.access import manage_oauth_applications, manage_oauth_tokens
from pierhead.access.api.dependencies import Address, Caller, Services
from pierhead.access.api.oauth_views import view_application, view_public_application, view_token
from pierhead.access.api.paging import open_position, seal_position
from pierhead.access.api.routing import ApiRouter
from pierhead.access.model.oauth import ApplicationFields

router = ApiRouter()
_TOKENS = "oauth-tokens"


class NewApplicationBody(BaseModel):
    """What the application is called, and where its tokens are sent to."""

    name: str
    redirect_uri: str | None = None
    application_uri: str | None = None
    description: str | None = None
    avatar_email: str | None = None


class ApplicationBody(NewApplicationBody):
    """Every field of the application; absent ones are emptied."""

    redirect_uri: str
    application_uri: str


class NewTokenBody(BaseModel):
    """What the token is for, what it may do (words separated by spaces) and how many seconds it lives."""

    name: str
    scope: str
    expiration: int | None = Field(None, strict=True)


@router.get("/organization/{organization}/applications")
async def list_applications(organization: str, caller: Caller, services: Services) -> dict[str, Any]:
    """The organization's applications."""
    views = await services.database.read(manage_oauth_applications.list_applications, caller, organization, secret_box=services.secret_box)
    return {"applications": [view_application(view) for view in views]}


@router.post("/organization/{organization}/applications")
async def create_application(
    organization: str, body: NewApplicationBody, caller: Caller, services: Services, address: Address
) -> dict[str, Any]:
    """A new application, with its secret."""
    view = await services.database.write(
        manage_oauth_applications.create_application,
        caller,
        organization,
        _fields(body),
        secret_box=services.secret_box,
        address=address,
    )
    return view_application(view)


@router.get("/organization/{organization}/applications/{client_id}")
async def get_application(organization: str, client_id: str, caller: Caller, services: Services) -> dict[str, Any]:
    """One application, with its secret for those who may change it."""
    view = await services.database.read(
        manage_oauth_applications.get_application, caller, organization, client_id, secret_box=services.secret_box
    )
    return view_application(view)


@router.put("/organization/{organization}/applications/{client_id}")
async def change_application(
    organization: str, client_id: str, body: ApplicationBody, caller: Caller, services: Services, address: Address
) -> dict[str, Any]:
    """Replace every field."""
    view = await services.database.write(
        manage_oauth_applications.change_application,
        caller,
        organization,
        client_id,
        _fields(body),
        secret_box=services.secret_box,
        address=address,
    )
    return view_application(view)


@router.delete("/organization/{organization}/applications/{client_id}", status_code=204)
async def delete_application(organization: str, client_id: str, caller: Caller, services: Services, address: Address) -> Response:
    """The application and its tokens are gone."""
    await services.database.write(manage_oauth_applications.delete_application, caller, organization, client_id, address=address)
    return Response(status_code=204)


@router.post("/organization/{organization}/applications/{client_id}/resetclientsecret")
async def reset_client_secret(organization: str, client_id: str, caller: Caller, services: Services, address: Address) -> dict[str, Any]:
    """A new secret of the application."""
    view = await services.database.write(
        manage_oauth_applications.reset_client_secret,
        caller,
        organization,
        client_id,
        secret_box=services.secret_box,
        address=address,
    )
    return view_application(view)


@router.get("/organization/{organization}/applications/{client_id}/tokens")
async def list_tokens(
    organization: str, client_id: str, caller: Caller, services: Services, next_page: str | None = None
) -> dict[str, Any]:
    """The application's tokens without their secrets, oldest first."""
    after_id = open_position(services, next_page, int, purpose=_TOKENS) or 0
    tokens = await services.database.read(manage_oauth_tokens.list_tokens, caller, organization, client_id, after_id=after_id)
    shown = tokens[: manage_oauth_tokens.PAGE_SIZE]
    answer: dict[str, Any] = {"tokens": [view_token(token) for token in shown]}
    if len(tokens) > len(shown):
        answer["next_page"] = seal_position(services, shown[-1].id, purpose=_TOKENS)
    return answer


@router.post("/organization/{organization}/applications/{client_id}/tokens")
async def create_token(
    organization: str, client_id: str, body: NewTokenBody, caller: Caller, services: Services, address: Address
) -> dict[str, Any]:
    """A token that acts as the caller, with its secret, which is shown only now."""
    made = await services.database.write(
        manage_oauth_tokens.create_token,
        caller,
        organization,
        client_id,
        name=body.name,
        scope=body.scope,
        seconds=body.expiration,
        address=address,
    )
    return {**view_token(made.token), "token": made.secret}


@router.delete("/organization/{organization}/applications/{client_id}/tokens/{uuid}", status_code=204)
async def revoke_token(organization: str, client_id: str, uuid: str, caller: Caller, services: Services, address: Address) -> Response:
    """The token is refused from now on."""
    await services.database.write(manage_oauth_tokens.revoke_token, caller, organization, client_id, uuid, address=address)
    return Response(status_code=204)


@router.get("/app/{client_id}")
async def describe_application(client_id: str, _caller: Caller, services: Services) -> dict[str, Any]:
    """What everybody may know of an application."""
    return view_public_application(*await services.database.read(manage_oauth_applications.describe_application, client_id))


def _fields(body: NewApplicationBody) -> ApplicationFields:
    return ApplicationFields(body.name, body.application_uri or "", body.redirect_uri or "", body.description or "", body.avatar_email)
