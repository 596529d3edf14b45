"""Application tokens of the caller: `/user/apptoken` (api-v1/accounts, section 3.2)."""

from typing import Any

from fastapi import Response
from pydantic import BaseModel

from pierhead.access import application_tokens
from pierhead.access.api.dependencies import Address, FreshOwner, Services, User
from pierhead.access.api.routing import ApiRouter, parse_flag
from pierhead.access.api.views import view_application_token
from pierhead.access.application_tokens import reveal_code

router = ApiRouter()


class NewTokenBody(BaseModel):
    """What the token is for."""

    title: str


@router.get("/user/apptoken")
async def list_tokens(caller: User, services: Services, expiring: str | None = None) -> dict[str, Any]:
    """The caller's tokens without their codes."""
    only_expiring = parse_flag(expiring, default=False)
    tokens = await services.database.read(application_tokens.list_application_tokens, caller.user.id, expiring_only=only_expiring)
    return {"tokens": [view_application_token(token) for token in tokens], "only_expiring": only_expiring}


@router.post("/user/apptoken")
async def create_token(body: NewTokenBody, caller: FreshOwner, services: Services, address: Address) -> dict[str, Any]:
    """A new token, with its code."""
    token = await services.database.write(
        application_tokens.create_application_token,
        caller.identity,
        caller.user.id,
        body.title,
        secret_box=services.secret_box,
        address=address,
    )
    return {"token": view_application_token(token, reveal_code(token, services.secret_box))}


@router.get("/user/apptoken/{uuid}")
async def get_token(uuid: str, caller: FreshOwner, services: Services) -> dict[str, Any]:
    """One token, with its code."""
    token = await services.database.read(application_tokens.get_application_token, caller.user.id, uuid)
    return {"token": view_application_token(token, reveal_code(token, services.secret_box))}


@router.delete("/user/apptoken/{uuid}", status_code=204)
async def revoke_token(uuid: str, caller: FreshOwner, services: Services, address: Address) -> Response:
    """The token is refused from now on."""
    await services.database.write(application_tokens.revoke_application_token, caller.identity, caller.user.id, uuid, address=address)
    return Response(status_code=204)
