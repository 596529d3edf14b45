"""What callers do with the teams of an organization, once it is clear that they may."""

from dataclasses import dataclass

from pierhead.access.mailing import Mailing
from pierhead.access.manage_invitations import invite_user
from pierhead.access.manage_organizations import require_organization
from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.external import TeamIsSynced
from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage, may_pass
from pierhead.access.model.roles import NamespaceRole
from pierhead.access.namespace_role import find_namespace_role
from pierhead.access.store import team_syncs
from pierhead.accounts import invitations, teams, users
from pierhead.accounts.model.accounts import Account, Robot, Team, TeamMember
from pierhead.accounts.model.errors import AccountNotFound, UnknownMember
from pierhead.accounts.model.invitations import Invitee
from pierhead.accounts.organizations import get_organization, list_own_teams
from pierhead.platform.database import UnitOfWork


@dataclass(frozen=True, slots=True)
class TeamMembersView:
    """Who is in a team, and whether the caller may change that."""

    team: Team
    members: list[TeamMember]
    can_edit: bool
    invitees: list[Invitee]


def put_team(
    work: UnitOfWork, identity: Identity, organization: str, name: str, role: str, description: str | None, *, address: str | None
) -> tuple[Team, bool]:
    """Create the team or change it, and whether it is new. Raises InvalidName, InvalidTeamDescription and LastAdmin."""
    found = require_organization(work, identity, organization)
    team = teams.find_team(work, found, name)
    if team is None:
        return teams.create_team(work, identity, found, name, role, description=description or "", address=address), True
    return teams.change_team(work, identity, found, team, role, description, address=address), False


def delete_team(work: UnitOfWork, identity: Identity, organization: str, name: str, *, address: str | None) -> None:
    """Raises UnknownTeam and LastAdmin."""
    teams.delete_team(work, identity, require_organization(work, identity, organization), name, address=address)


def list_team_members(work: UnitOfWork, identity: Identity, organization: str, name: str) -> TeamMembersView:
    """For admins and for whoever is in the team. Raises SignInRequired, NotAllowed and, for admins, TeamNotFound."""
    if identity.is_anonymous:
        raise SignInRequired
    try:
        found = get_organization(work, organization)
    except AccountNotFound as error:
        raise NotAllowed from error
    is_admin = find_namespace_role(work, identity, found) is NamespaceRole.ADMIN
    if not is_admin and not _is_in(work, identity, found, name) and not may_pass(identity, Passage.BOTH):
        raise NotAllowed
    team = teams.get_team(work, found, name)
    invitees = invitations.list_invitees(work, team) if is_admin else []
    return TeamMembersView(team, teams.list_team_members(work, team), is_admin, invitees)


def add_team_member(
    work: UnitOfWork, identity: Identity, organization: str, name: str, member: str, *, mailing: Mailing | None, address: str | None
) -> TeamMember:
    """With `mailing`, a user who is in no team of the organization is invited and joins by accepting.

    Raises TeamNotFound, UnknownMember, TeamIsSynced and AlreadyMember.
    """
    found = require_organization(work, identity, organization)
    team = teams.get_team(work, found, name)
    candidate = teams.find_candidate(work, found, member)
    if candidate is None:
        raise UnknownMember
    if not isinstance(candidate, Robot):
        _require_unsynced(work, team)
    if mailing is not None and not isinstance(candidate, Robot) and invitations.must_be_invited(work, found, candidate):
        invite_user(work, mailing, identity, found, team, candidate, address=address)
        return TeamMember(candidate.name, candidate.email, is_robot=False, is_invited=True)
    teams.add_team_member(work, identity, found, name, candidate, address=address)
    if isinstance(candidate, Robot):
        return TeamMember(candidate.name, None, is_robot=True)
    invitations.withdraw_user(work, identity, found, team, candidate, address=address)
    return TeamMember(candidate.name, candidate.email, is_robot=False)


def remove_team_member(work: UnitOfWork, identity: Identity, organization: str, name: str, member: str, *, address: str | None) -> None:
    """For somebody who was only invited, the invitation ends. Raises TeamNotFound, TeamIsSynced, MemberNotFound, NotAMember and LastAdmin."""
    found = require_organization(work, identity, organization)
    invited = users.find_namespace(work, member)
    team = teams.get_team(work, found, name)
    if "+" not in member:
        _require_unsynced(work, team)
    if invited is not None and invitations.withdraw_user(work, identity, found, team, invited, address=address):
        return
    teams.remove_team_member(work, identity, found, name, member, address=address)


def _require_unsynced(work: UnitOfWork, team: Team) -> None:
    """People come and go with the group that a team follows. Raises TeamIsSynced."""
    if team_syncs.find(work.connection, team.id) is not None:
        raise TeamIsSynced


def _is_in(work: UnitOfWork, identity: Identity, organization: Account, name: str) -> bool:
    if identity.robot_id is None and identity.user_id is None:
        return False
    return name in list_own_teams(work, organization, user_id=identity.user_id, robot_id=identity.robot_id)
