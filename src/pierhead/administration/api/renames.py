"""Superusers rename organizations and mail recovery links (api-v1/admin, section 1)."""

from typing import Any

from pydantic import BaseModel

from pierhead.access.api.dependencies import Address, FreshUser, Services
from pierhead.access.api.mail_links import require_mailing
from pierhead.access.api.routing import ApiRouter
from pierhead.accounts.model.avatars import make_avatar
from pierhead.administration import rename_accounts

router = ApiRouter()


class NameBody(BaseModel):
    """The new name; absent changes nothing."""

    name: str | None = None


@router.put("/superuser/organizations/{organization}")
async def change_organization(organization: str, body: NameBody, caller: FreshUser, services: Services, address: Address) -> dict[str, Any]:
    """Rename an organization: its repositories and robots bear the new name."""
    renamed = await services.database.write(rename_accounts.rename_organization, caller.identity, organization, body.name, address=address)
    return {"name": renamed.name, "email": renamed.email, "avatar": make_avatar(renamed.name, renamed.email, "org")}


@router.post("/superusers/users/{username}/sendrecovery")
async def send_recovery(username: str, caller: FreshUser, services: Services) -> dict[str, str]:
    """Mail a user the link that signs in without the password."""
    mailing = require_mailing(services)
    email = await services.database.write(rename_accounts.mail_recovery, mailing, caller.identity, username)
    return {"email": email}
