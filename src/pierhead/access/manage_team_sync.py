"""Let a team follow a group of a sign-in back end, or end that (api-v1/accounts, section 6.1)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from pierhead.access.external_sign_in import ExternalSignIn
from pierhead.access.manage_organizations import require_organization
from pierhead.access.model.errors import FeatureDisabled, NotAllowed
from pierhead.access.model.external import GroupNotSynced, TeamSync
from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage, may_pass
from pierhead.access.model.roles import NamespaceRole
from pierhead.access.namespace_role import find_namespace_role
from pierhead.access.services import AccessServices
from pierhead.access.store import team_syncs
from pierhead.accounts import teams
from pierhead.accounts.group_members import follow_group
from pierhead.accounts.model.accounts import Account, Team
from pierhead.accounts.model.errors import LastAdmin
from pierhead.accounts.model.names import is_storable
from pierhead.accounts.organizations import get_organization
from pierhead.audit.model import LogKind
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork

_LONGEST_GROUP = 255


@dataclass(frozen=True, slots=True)
class WantedGroup:
    """The group as clients name it: `dn` of a directory, or `name` of a provider."""

    dn: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SyncView:
    """What a caller may know of a team's group. `can_sync` is None for those who may not let it follow one."""

    sync: TeamSync | None
    can_sync: Mapping[str, str] | None
    shows_group: bool
    is_directory: bool = False


async def start_team_sync(
    services: AccessServices, identity: Identity, organization: str, name: str, wanted: WantedGroup, *, address: str | None
) -> Team:
    """The people of the team are those of the group: of a directory within a minute, of a provider as soon as each signs in.

    Raises FeatureDisabled, SignInRequired, NotAllowed, TeamNotFound, GroupNotSynced, Unavailable, and LastAdmin when nobody would be left.
    """
    external = services.external
    # Before the directory is asked on behalf of somebody who may not.
    await services.database.read(_require_team, external, identity, organization, name)
    if not external.syncs_teams:
        raise FeatureDisabled
    service, group = await _find_group(external, wanted)
    return await services.database.write(
        _start, external, identity, organization, name, service, group, empties=wanted.dn is None, address=address
    )


def stop_team_sync(
    work: UnitOfWork, identity: Identity, organization: str, name: str, *, external: ExternalSignIn, address: str | None
) -> Team:
    """The members stay as they are and may be changed by hand again. Raises as `start_team_sync`."""
    found, team = _require_team(work, external, identity, organization, name)
    if team_syncs.delete_sync(work.connection, team.id):
        record(work, identity, LogKind.DISABLE_TEAM_SYNC, namespace_id=found.id, address=address, team=team.name)
    elif not external.syncs_teams:
        raise FeatureDisabled
    return team


def view_team_sync(work: UnitOfWork, identity: Identity, organization: str, name: str, *, external: ExternalSignIn) -> SyncView:
    """For whoever may see the team, which the caller has checked."""
    found = get_organization(work, organization)
    sync = team_syncs.find(work.connection, teams.get_team(work, found, name).id)
    may_set_up = external.syncs_teams and _may_set_up(work, external, identity, found)
    is_directory = sync is not None and sync.service == external.directory_service
    return SyncView(sync, _describe(external) if may_set_up else None, identity.is_superuser, is_directory)


def list_synced_teams(work: UnitOfWork, organization: Account) -> frozenset[str]:
    """The names of the teams that follow a group."""
    return team_syncs.list_synced_names(work.connection, organization.id)


def _require_team(work: UnitOfWork, external: ExternalSignIn, identity: Identity, organization: str, name: str) -> tuple[Account, Team]:
    found = require_organization(work, identity, organization)
    if not _may_set_up(work, external, identity, found):
        raise NotAllowed
    return found, teams.get_team(work, found, name)


def _may_set_up(work: UnitOfWork, external: ExternalSignIn, identity: Identity, organization: Account) -> bool:
    is_admin = find_namespace_role(work, identity, organization) is NamespaceRole.ADMIN or may_pass(identity, Passage.SUPERUSERS)
    return is_admin and (identity.is_superuser or external.options.team_sync_by_admins)


async def _find_group(external: ExternalSignIn, wanted: WantedGroup) -> tuple[str, str]:
    """(service, group). Raises GroupNotSynced."""
    directory, provider = external.directory, external.group_provider
    if wanted.dn is not None and directory is not None:
        return directory.service, await asyncio.to_thread(directory.parse_group, wanted.dn)
    if wanted.name is not None and provider is not None:
        if not 0 < len(wanted.name) <= _LONGEST_GROUP or not is_storable(wanted.name):
            raise GroupNotSynced("the name of a group has 1 to 255 characters.")
        return provider.service, wanted.name
    raise GroupNotSynced(f"{'group_dn' if directory is not None else 'group_name'} is needed.")


def _start(
    work: UnitOfWork,
    external: ExternalSignIn,
    identity: Identity,
    organization: str,
    name: str,
    service: str,
    group: str,
    *,
    empties: bool,
    address: str | None,
) -> Team:
    found, team = _require_team(work, external, identity, organization, name)
    # Nobody can ask a provider who is in a group: everybody is out until the provider has said otherwise.
    if empties and not follow_group(work, found, team, ()):
        raise LastAdmin(found.name)
    team_syncs.put(work.connection, team.id, service, group, work.now)
    record(work, identity, LogKind.ENABLE_TEAM_SYNC, namespace_id=found.id, address=address, team=team.name, service=service, group=group)
    return teams.get_team(work, found, name)


def _describe(external: ExternalSignIn) -> Mapping[str, str]:
    if external.directory is not None:
        return {"service": "ldap", "base_dn": external.directory.base_dn}
    provider = external.group_provider
    return {"service": "oidc", "issuer_domain": "" if provider is None else provider.issuer}
