"""Teams that follow a group (api-v1/accounts, section 6.1), and people of the directory who were never here (section 9)."""

from typing import Any

from pydantic import BaseModel

from pierhead.access import manage_team_sync
from pierhead.access.api.dependencies import Address, FreshUser, Services, User
from pierhead.access.api.routing import ApiRouter
from pierhead.access.api.views import view_changed_team
from pierhead.access.link_directory_user import link_directory_user
from pierhead.access.manage_team_sync import WantedGroup
from pierhead.accounts.model.avatars import make_avatar

router = ApiRouter()


class GroupBody(BaseModel):
    """The group: `group_dn` of an LDAP directory, or `group_name` of an OpenID Connect provider."""

    group_dn: str | None = None
    group_name: str | None = None


@router.post("/organization/{organization}/team/{team}/syncing")
async def start_syncing(
    organization: str, team: str, body: GroupBody, caller: FreshUser, services: Services, address: Address
) -> dict[str, Any]:
    """From now on the people of the team are those of the group."""
    wanted = WantedGroup(body.group_dn, body.group_name)
    return view_changed_team(
        await manage_team_sync.start_team_sync(services, caller.identity, organization, team, wanted, address=address), is_new=False
    )


@router.delete("/organization/{organization}/team/{team}/syncing")
async def stop_syncing(organization: str, team: str, caller: FreshUser, services: Services, address: Address) -> dict[str, Any]:
    """The members stay, and may be changed by hand again."""
    changed = await services.database.write(
        manage_team_sync.stop_team_sync, caller.identity, organization, team, external=services.external, address=address
    )
    return view_changed_team(changed, is_new=False)


@router.post("/entities/link/{username}")
async def link_external_user(username: str, _caller: User, services: Services, address: Address) -> dict[str, Any]:
    """Make an account for a person of the directory, before that person signs in for the first time."""
    user = await link_directory_user(services, username, address=address)
    entity = {"name": user.name, "kind": "user", "is_robot": False, "avatar": make_avatar(user.name, user.email, "user")}
    return {"entity": entity}
