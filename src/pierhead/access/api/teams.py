"""Teams and who is in them (api-v1/accounts, section 6)."""

from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import BaseModel

from pierhead.access import manage_team_sync, manage_teams
from pierhead.access.api.dependencies import Address, Caller, Services
from pierhead.access.api.routing import ApiRouter, parse_flag
from pierhead.access.api.views import view_changed_team, view_invitee, view_team_member, view_team_sync

router = ApiRouter()


class TeamBody(BaseModel):
    """The team's role in the organization."""

    role: Literal["member", "creator", "admin"]
    description: str | None = None


@router.put("/organization/{organization}/team/{team}")
async def put_team(organization: str, team: str, body: TeamBody, caller: Caller, services: Services, address: Address) -> dict[str, Any]:
    """Create the team, or change its role and description."""
    changed, is_new = await services.database.write(
        manage_teams.put_team, caller, organization, team, body.role, body.description, address=address
    )
    return view_changed_team(changed, is_new=is_new)


@router.delete("/organization/{organization}/team/{team}", status_code=204)
async def delete_team(organization: str, team: str, caller: Caller, services: Services, address: Address) -> Response:
    """The team, and what it gave to its members, are gone."""
    await services.database.write(manage_teams.delete_team, caller, organization, team, address=address)
    return Response(status_code=204)


@router.get("/organization/{organization}/team/{team}/members")
async def list_team_members(
    organization: str,
    team: str,
    caller: Caller,
    services: Services,
    include_pending: Annotated[str | None, Query(alias="includePending")] = None,
) -> dict[str, Any]:
    """Users and robots of the team; for admins, when asked for, also those who have not answered their invitation."""
    view = await services.database.read(manage_teams.list_team_members, caller, organization, team)
    pending = view.invitees if parse_flag(include_pending, default=False) else []
    members = [*map(view_team_member, view.members), *map(view_invitee, pending)]
    sync = await services.database.read(manage_team_sync.view_team_sync, caller, organization, team, external=services.external)
    return {"name": view.team.name, "members": members, "can_edit": view.can_edit, **view_team_sync(sync)}


@router.put("/organization/{organization}/team/{team}/members/{member}")
async def add_team_member(
    organization: str, team: str, member: str, caller: Caller, services: Services, address: Address
) -> dict[str, Any]:
    """A user, or a robot of the organization, joins the team; with mail, a user who is new in the organization is invited."""
    mailing = services.mailing if services.options.team_invitations else None
    return view_team_member(
        await services.database.write(manage_teams.add_team_member, caller, organization, team, member, mailing=mailing, address=address)
    )


@router.delete("/organization/{organization}/team/{team}/members/{member}", status_code=204)
async def remove_team_member(organization: str, team: str, member: str, caller: Caller, services: Services, address: Address) -> Response:
    """A user or robot leaves the team."""
    await services.database.write(manage_teams.remove_team_member, caller, organization, team, member, address=address)
    return Response(status_code=204)
