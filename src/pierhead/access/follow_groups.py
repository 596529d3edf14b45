"""Teams that follow a group of a sign-in back end: who is in the group is in the team."""

from collections.abc import Collection

import structlog

from pierhead.access.store import team_syncs
from pierhead.access.store.team_syncs import SyncedTeam
from pierhead.accounts.group_members import follow_group, join_group, leave_group
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.organizations import get_organization
from pierhead.accounts.teams import get_team
from pierhead.platform.database import UnitOfWork

_log = structlog.get_logger("pierhead.access")


def follow_groups_of(work: UnitOfWork, user: Account, service: str, groups: Collection[str]) -> None:
    """Put the user into every team that follows one of these groups, and take it out of those that follow another of the service."""
    for synced in team_syncs.list_of_service(work.connection, service, user.id):
        if (synced.group in groups) == synced.is_member:
            continue
        organization = get_organization(work, synced.organization)
        team = get_team(work, organization, synced.team)
        if not synced.is_member:
            join_group(work, organization, team, user)
        elif not leave_group(work, organization, team, user):
            _warn(synced)


def follow_members(work: UnitOfWork, synced: SyncedTeam, members: Collection[Account]) -> None:
    """The people of the team are these, from now on."""
    organization = get_organization(work, synced.organization)
    if not follow_group(work, organization, get_team(work, organization, synced.team), members):
        _warn(synced)


def _warn(synced: SyncedTeam) -> None:
    _log.warning(
        "members stay in a synced team, since the organization would have no admin", organization=synced.organization, team=synced.team
    )
