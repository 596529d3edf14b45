"""Organizations: create one, look at one (api-v1/accounts, section 5)."""

from typing import Any

from pydantic import BaseModel

from pierhead.access import manage_organizations
from pierhead.access.api.dependencies import Address, Caller, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.access.api.views import view_organization

router = ApiRouter()


class NewOrganizationBody(BaseModel):
    """The organization's name, which is its namespace."""

    name: str
    email: str | None = None


@router.post("/organization/", status_code=201)
async def create_organization(body: NewOrganizationBody, caller: Caller, services: Services, address: Address) -> str:
    """A new organization, whose owner is the caller."""
    await services.database.write(manage_organizations.create_organization, caller, body.name, body.email, address=address)
    return "Created"


@router.get("/organization/{organization}")
async def get_organization(organization: str, caller: Caller, services: Services) -> dict[str, Any]:
    """The organization, as far as the caller may see it."""
    return view_organization(await services.database.read(manage_organizations.get_organization, caller, organization))
