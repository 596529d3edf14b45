"""What the caller gave to OAuth applications, and was assigned (api-v1/accounts, section 3.1)."""

from typing import Any

from fastapi import Depends, Response

from pierhead.access import manage_oauth_tokens
from pierhead.access.api.dependencies import Address, Services, User
from pierhead.access.api.oauth_views import view_assignment, view_authorization
from pierhead.access.api.routing import ApiRouter
from pierhead.access.model.errors import FeatureDisabled

router = ApiRouter()


def require_assignments(services: Services) -> None:
    """Raises FeatureDisabled where the settings have switched assigned tokens off."""
    if not services.options.assign_oauth_tokens:
        raise FeatureDisabled


_ASSIGNMENTS = [Depends(require_assignments)]


@router.get("/user/authorizations")
async def list_authorizations(caller: User, services: Services) -> dict[str, Any]:
    """Every token by which an application may act as the caller."""
    found = await services.database.read(manage_oauth_tokens.list_authorizations, caller.user.id)
    return {"authorizations": [view_authorization(authorization) for authorization in found]}


@router.get("/user/authorizations/{uuid}")
async def get_authorization(uuid: str, caller: User, services: Services) -> dict[str, Any]:
    """One of them."""
    return view_authorization(await services.database.read(manage_oauth_tokens.get_authorization, caller.user.id, uuid))


@router.delete("/user/authorizations/{uuid}", status_code=204)
async def revoke_authorization(uuid: str, caller: User, services: Services, address: Address) -> Response:
    """The application's token is refused from now on."""
    await services.database.write(manage_oauth_tokens.revoke_authorization, caller.identity, caller.user.id, uuid, address=address)
    return Response(status_code=204)


@router.get("/user/assignedauthorization", dependencies=_ASSIGNMENTS)
async def list_assignments(caller: User, services: Services) -> dict[str, Any]:
    """Tokens that an admin lets the caller get."""
    found = await services.database.read(manage_oauth_tokens.list_assignments, caller.user.id)
    return {"authorizations": [view_assignment(assignment) for assignment in found]}


@router.delete("/user/assignedauthorization/{uuid}", status_code=204, dependencies=_ASSIGNMENTS)
async def decline_assignment(uuid: str, caller: User, services: Services, address: Address) -> Response:
    """The caller does not want the token."""
    await services.database.write(manage_oauth_tokens.decline_assignment, caller.identity, caller.user.id, uuid, address=address)
    return Response(status_code=204)
