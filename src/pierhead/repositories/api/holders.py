"""What robots and teams were given on repositories (api-v1/accounts, sections 4 and 6)."""

from typing import Any

from pierhead.access.api.dependencies import Caller, Services
from pierhead.access.api.robots import OwnNamespace
from pierhead.access.api.routing import ApiRouter
from pierhead.repositories import namespace_grants
from pierhead.repositories.api.views import view_roles

router = ApiRouter(tags=["permission"])


@router.get("/user/robots/{short}/permissions")
async def list_of_own_robot(short: str, namespace: OwnNamespace, caller: Caller, services: Services) -> dict[str, Any]:
    """What a robot of the caller was given."""
    return view_roles(await services.database.read(namespace_grants.list_robot_permissions, caller, namespace, short))


@router.get("/organization/{organization}/robots/{short}/permissions")
async def list_of_robot(organization: str, short: str, caller: Caller, services: Services) -> dict[str, Any]:
    """What a robot of the organization was given."""
    return view_roles(await services.database.read(namespace_grants.list_robot_permissions, caller, organization, short))


@router.get("/organization/{organization}/team/{team}/permissions")
async def list_of_team(organization: str, team: str, caller: Caller, services: Services) -> dict[str, Any]:
    """What a team was given."""
    return view_roles(await services.database.read(namespace_grants.list_team_permissions, caller, organization, team))
