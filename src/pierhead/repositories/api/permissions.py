"""Permissions on a repository of users, robots and teams (api-v1/repositories, section 2)."""

from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import BaseModel

from pierhead.access.api.dependencies import Address, Caller, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.repositories import manage_permissions
from pierhead.repositories.api.paths import RepositoryPath
from pierhead.repositories.api.views import view_explanation, view_team_permission, view_user_permission
from pierhead.repositories.explain_access import explain_access
from pierhead.repositories.model import HolderKind

router = ApiRouter(tags=["permission"])

_BASE = "/repository/{repository:path}/permissions"


class RoleBody(BaseModel):
    """read, write or admin."""

    role: str


@router.get(_BASE + "/explain")
async def explain(
    repository: RepositoryPath, caller: Caller, services: Services, user: Annotated[str, Query(max_length=255)]
) -> dict[str, Any]:
    """Which grants give a user or robot access, and the role that they add up to."""
    return view_explanation(await services.database.read(explain_access, caller, repository, user))


@router.get(_BASE + "/user/{username}/transitive")
async def list_transitive(repository: RepositoryPath, username: str, caller: Caller, services: Services) -> dict[str, Any]:
    """Roles that a user was given on the repository, itself and through teams."""
    roles = await services.database.read(manage_permissions.list_transitive_roles, caller, repository, username)
    return {"permissions": [{"role": role} for role in roles]}


@router.get(_BASE + "/user/")
async def list_users(repository: RepositoryPath, caller: Caller, services: Services) -> dict[str, Any]:
    """Users and robots that were given a role."""
    held, in_organization = await services.database.read(manage_permissions.list_user_permissions, caller, repository)
    return {"permissions": {each.name: view_user_permission(each, in_organization=in_organization) for each in held}}


@router.get(_BASE + "/user/{username}")
async def get_user(repository: RepositoryPath, username: str, caller: Caller, services: Services) -> dict[str, Any]:
    """The role that a user or robot was given."""
    held, in_organization = await services.database.read(manage_permissions.get_permission, caller, repository, HolderKind.USER, username)
    return view_user_permission(held, in_organization=in_organization)


@router.put(_BASE + "/user/{username}")
async def set_user(
    repository: RepositoryPath, username: str, body: RoleBody, caller: Caller, services: Services, address: Address
) -> dict[str, Any]:
    """Give a user or robot a role."""
    held, in_organization = await services.database.write(
        manage_permissions.set_permission, caller, repository, HolderKind.USER, username, body.role, address=address
    )
    return view_user_permission(held, in_organization=in_organization)


@router.delete(_BASE + "/user/{username}", status_code=204)
async def delete_user(repository: RepositoryPath, username: str, caller: Caller, services: Services, address: Address) -> Response:
    """Take the role of a user or robot away."""
    await services.database.write(manage_permissions.delete_permission, caller, repository, HolderKind.USER, username, address=address)
    return Response(status_code=204)


@router.get(_BASE + "/team/")
async def list_teams(repository: RepositoryPath, caller: Caller, services: Services) -> dict[str, Any]:
    """Teams that were given a role."""
    held = await services.database.read(manage_permissions.list_team_permissions, caller, repository)
    return {"permissions": {team: view_team_permission(team, role) for team, role in held}}


@router.get(_BASE + "/team/{team}")
async def get_team(repository: RepositoryPath, team: str, caller: Caller, services: Services) -> dict[str, str]:
    """The role that a team was given."""
    held, _ = await services.database.read(manage_permissions.get_permission, caller, repository, HolderKind.TEAM, team)
    return {"role": held.role}


@router.put(_BASE + "/team/{team}")
async def set_team(
    repository: RepositoryPath, team: str, body: RoleBody, caller: Caller, services: Services, address: Address
) -> dict[str, Any]:
    """Give a team a role."""
    held, _ = await services.database.write(
        manage_permissions.set_permission, caller, repository, HolderKind.TEAM, team, body.role, address=address
    )
    return view_team_permission(held.name, held.role)


@router.delete(_BASE + "/team/{team}", status_code=204)
async def delete_team(repository: RepositoryPath, team: str, caller: Caller, services: Services, address: Address) -> Response:
    """Take the role of a team away."""
    await services.database.write(manage_permissions.delete_permission, caller, repository, HolderKind.TEAM, team, address=address)
    return Response(status_code=204)
