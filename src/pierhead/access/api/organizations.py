"""Organizations and who is in them (api-v1/accounts, section 5)."""

from typing import Any

from fastapi import Response
from pydantic import BaseModel, Field

from pierhead.access import manage_organizations
from pierhead.access.api.dependencies import Address, Caller, FreshUser, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.access.api.views import view_member, view_organization
from pierhead.access.manage_organizations import OrganizationChanges

router = ApiRouter()


class NewOrganizationBody(BaseModel):
    """The organization's name, which is its namespace."""

    name: str
    email: str | None = None
    contact_email: str | None = None


class OrganizationChangesBody(BaseModel):
    """What is to change; absent fields stay as they are."""

    email: str | None = None
    contact_email: str | None = None
    invoice_email: bool | None = None
    invoice_email_address: str | None = None
    tag_expiration_s: int | None = Field(None, strict=True)


@router.post("/organization/", status_code=201)
async def create_organization(body: NewOrganizationBody, caller: Caller, services: Services, address: Address) -> str:
    """A new organization, whose owner is the caller."""
    await services.database.write(
        manage_organizations.create_organization, caller, body.name, body.email, body.contact_email, address=address
    )
    return "Created"


@router.get("/organization/{organization}")
async def get_organization(organization: str, caller: Caller, services: Services) -> dict[str, Any]:
    """The organization, as far as the caller may see it."""
    view = await services.database.read(manage_organizations.get_organization, caller, organization, grants=services.repository_grants)
    return view_organization(view)


@router.put("/organization/{organization}")
async def change_organization(
    organization: str, body: OrganizationChangesBody, caller: Caller, services: Services, address: Address
) -> dict[str, Any]:
    """Change the addresses, the invoicing or the time machine's reach."""
    details: dict[str, Any] = {
        name: getattr(body, name) for name in ("contact_email", "invoice_email_address") if name in body.model_fields_set
    }
    if body.invoice_email is not None:
        details["sends_invoices"] = body.invoice_email
    changes = OrganizationChanges(body.email, body.tag_expiration_s, details)
    view = await services.database.write(
        manage_organizations.change_organization, caller, organization, changes, grants=services.repository_grants, address=address
    )
    return view_organization(view)


@router.delete("/organization/{organization}", status_code=204)
async def delete_organization(organization: str, caller: FreshUser, services: Services, address: Address) -> Response:
    """The organization and everything under it are gone."""
    await services.database.write(
        manage_organizations.delete_organization, caller.identity, organization, grants=services.repository_grants, address=address
    )
    return Response(status_code=204)


@router.get("/organization/{organization}/members")
async def list_members(organization: str, caller: Caller, services: Services) -> dict[str, Any]:
    """Every user in a team."""
    views = await services.database.read(manage_organizations.list_members, caller, organization, grants=services.repository_grants)
    return {"members": [view_member(view) for view in views]}


@router.get("/organization/{organization}/collaborators")
async def list_collaborators(organization: str, caller: Caller, services: Services) -> dict[str, Any]:
    """Users that have a permission on a repository and are in no team."""
    views = await services.database.read(manage_organizations.list_collaborators, caller, organization, grants=services.repository_grants)
    return {"collaborators": [view_member(view, with_teams=False) for view in views]}


@router.get("/organization/{organization}/members/{member}")
async def get_member(organization: str, member: str, caller: Caller, services: Services) -> dict[str, Any]:
    """One user or robot in a team."""
    return view_member(
        await services.database.read(manage_organizations.get_member, caller, organization, member, grants=services.repository_grants)
    )


@router.delete("/organization/{organization}/members/{member}", status_code=204)
async def remove_member(organization: str, member: str, caller: Caller, services: Services, address: Address) -> Response:
    """The member is in no team any more and has no permission of its own."""
    await services.database.write(
        manage_organizations.remove_member, caller, organization, member, grants=services.repository_grants, address=address
    )
    return Response(status_code=204)
