"""Invitations into teams (api-v1/accounts, section 6). They exist while mail is sent."""

from typing import Any

from fastapi import Response

from pierhead.access import manage_invitations
from pierhead.access.api.dependencies import Address, Caller, Services, User
from pierhead.access.api.mail_links import require_mailing
from pierhead.access.api.routing import ApiRouter
from pierhead.access.api.views import view_invited_address

router = ApiRouter()


@router.put("/organization/{organization}/team/{team}/invite/{email}")
async def invite_address(organization: str, team: str, email: str, caller: Caller, services: Services, address: Address) -> dict[str, Any]:
    """Mail an invitation to an address, whoever it belongs to."""
    mailing = require_mailing(services)
    invited = await services.database.write(manage_invitations.invite_address, mailing, caller, organization, team, email, address=address)
    return view_invited_address(invited)


@router.delete("/organization/{organization}/team/{team}/invite/{email}", status_code=204)
async def withdraw_invitation(organization: str, team: str, email: str, caller: Caller, services: Services, address: Address) -> Response:
    """The mailed link works no more."""
    require_mailing(services)
    await services.database.write(manage_invitations.withdraw_invitation, caller, organization, team, email, address=address)
    return Response(status_code=204)


@router.put("/teaminvite/{code}")
async def accept_invitation(code: str, caller: User, services: Services, address: Address) -> dict[str, str]:
    """Join the team that the caller was invited into."""
    require_mailing(services)
    joined = await services.database.write(manage_invitations.accept_invitation, caller.identity, code, address=address)
    return {"org": joined.organization, "team": joined.team}


@router.delete("/teaminvite/{code}", status_code=204)
async def decline_invitation(code: str, caller: User, services: Services, address: Address) -> Response:
    """The invitation is gone, and the caller is in no other team than before."""
    require_mailing(services)
    await services.database.write(manage_invitations.decline_invitation, caller.identity, code, address=address)
    return Response(status_code=204)
