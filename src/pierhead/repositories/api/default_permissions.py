"""Default permissions of organizations, `prototypes` on the wire (api-v1/accounts, section 7)."""

from typing import Any

from fastapi import Response
from pydantic import BaseModel

from pierhead.access.api.dependencies import Address, Caller, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.repositories import default_permissions
from pierhead.repositories.api.views import view_default_permission

router = ApiRouter(tags=["prototype"])

_BASE = "/organization/{organization}/prototypes"


class DelegateBody(BaseModel):
    """Who is given the role: a user, a robot (of kind user) or a team."""

    name: str
    kind: str


class ActivatingUserBody(BaseModel):
    """Whose new repositories are meant."""

    name: str


class NewDefaultPermissionBody(BaseModel):
    """A rule; without an activating user it holds for everybody's new repositories."""

    role: str
    delegate: DelegateBody
    activating_user: ActivatingUserBody | None = None


class RoleBody(BaseModel):
    """read, write or admin."""

    role: str


@router.get(_BASE)
async def list_all(organization: str, caller: Caller, services: Services) -> dict[str, Any]:
    """The organization's rules."""
    rules = await services.database.read(default_permissions.list_default_permissions, caller, organization)
    return {"prototypes": [view_default_permission(rule) for rule in rules]}


@router.post(_BASE)
async def create(organization: str, body: NewDefaultPermissionBody, caller: Caller, services: Services, address: Address) -> dict[str, Any]:
    """A new rule for repositories to come."""
    rule = await services.database.write(
        default_permissions.create_default_permission,
        caller,
        organization,
        role=body.role,
        delegate=body.delegate.name,
        delegate_kind=body.delegate.kind,
        activating_user=None if body.activating_user is None else body.activating_user.name,
        address=address,
    )
    return view_default_permission(rule)


@router.put(_BASE + "/{uuid}")
async def change(organization: str, uuid: str, body: RoleBody, caller: Caller, services: Services, address: Address) -> dict[str, Any]:
    """Another role for repositories to come."""
    rule = await services.database.write(
        default_permissions.change_default_permission, caller, organization, uuid, body.role, address=address
    )
    return view_default_permission(rule)


@router.delete(_BASE + "/{uuid}", status_code=204)
async def delete(organization: str, uuid: str, caller: Caller, services: Services, address: Address) -> Response:
    """The rule ends; what it gave stays."""
    await services.database.write(default_permissions.delete_default_permission, caller, organization, uuid, address=address)
    return Response(status_code=204)
