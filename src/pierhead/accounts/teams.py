"""Create, change and delete teams, and say who is in them. The rights have been checked before (see `users`)."""

from pierhead.accounts.model.accounts import Account, Robot, Team, TeamMember
from pierhead.accounts.model.errors import AlreadyMember, LastAdmin, MemberNotFound, NotAMember, TeamExists, TeamNotFound, UnknownTeam
from pierhead.accounts.model.names import is_name, parse_short_name, parse_team_description
from pierhead.accounts.store import accounts, robots, teams
from pierhead.accounts.users import find_namespace
from pierhead.audit.model import LogKind, Performer
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork

OWNERS = "owners"


def create_team(
    work: UnitOfWork,
    performer: Performer,
    organization: Account,
    name: str,
    role: str,
    *,
    description: str = "",
    address: str | None = None,
) -> Team:
    """`role` is member, creator or admin. Raises InvalidName, InvalidTeamDescription and TeamExists."""
    parse_short_name(name, "team")
    if teams.add(work.connection, organization.id, name, role, parse_team_description(description)) is None:
        raise TeamExists
    record(work, performer, LogKind.ORG_CREATE_TEAM, namespace_id=organization.id, address=address, team=name)
    return get_team(work, organization, name)


def find_team(work: UnitOfWork, organization: Account, name: str) -> Team | None:
    """The team of this name; any text may be asked for."""
    return teams.find(work.connection, organization.id, name) if is_name(name) else None


def get_team(work: UnitOfWork, organization: Account, name: str) -> Team:
    """Raises TeamNotFound."""
    found = find_team(work, organization, name)
    if found is None:
        raise TeamNotFound
    return found


def change_team(
    work: UnitOfWork,
    performer: Performer,
    organization: Account,
    team: Team,
    role: str,
    description: str | None,
    *,
    address: str | None = None,
) -> Team:
    """A new role, and a new description unless that is None. Raises InvalidTeamDescription and LastAdmin."""
    new_description = team.description if description is None else parse_team_description(description)
    accounts.lock_one(work.connection, organization.id)
    teams.change(work.connection, team.id, role, new_description)
    if role != team.role:
        _require_admin(work, organization)
        record(work, performer, LogKind.ORG_SET_TEAM_ROLE, namespace_id=organization.id, address=address, team=team.name, role=role)
    if new_description != team.description:
        record(
            work,
            performer,
            LogKind.ORG_SET_TEAM_DESCRIPTION,
            namespace_id=organization.id,
            address=address,
            team=team.name,
            description=new_description,
        )
    return get_team(work, organization, team.name)


def delete_team(work: UnitOfWork, performer: Performer, organization: Account, name: str, *, address: str | None = None) -> None:
    """What the team gave to its members is taken with it. Raises UnknownTeam and LastAdmin."""
    accounts.lock_one(work.connection, organization.id)
    team = find_team(work, organization, name)
    if team is None:
        raise UnknownTeam(organization.name, name)
    teams.delete_team(work.connection, team.id)
    _require_admin(work, organization)
    record(work, performer, LogKind.ORG_DELETE_TEAM, namespace_id=organization.id, address=address, team=name)


def list_teams(work: UnitOfWork, organization: Account) -> list[Team]:
    """Every team, by name."""
    return teams.list_of_organization(work.connection, organization.id)


def list_team_members(work: UnitOfWork, team: Team) -> list[TeamMember]:
    """Users and robots, by name."""
    return teams.list_members(work.connection, team.id)


def find_candidate(work: UnitOfWork, organization: Account, name: str) -> Account | Robot | None:
    """Whom a team of the organization may hold under this name: any user, or one of the organization's robots."""
    namespace, plus, short = name.partition("+")
    if plus:
        return robots.find_by_name(work.connection, name) if namespace == organization.name and is_name(short) else None
    found = find_namespace(work, name)
    return None if found is None or found.is_organization else found


def add_team_member(
    work: UnitOfWork, performer: Performer, organization: Account, team: str, member: Account | Robot, *, address: str | None = None
) -> None:
    """Put a user or one of the organization's robots into a team. Raises TeamNotFound and AlreadyMember."""
    found = get_team(work, organization, team)
    user_id, robot_id = _ids(member)
    if not teams.add_member(work.connection, found.id, user_id=user_id, robot_id=robot_id):
        raise AlreadyMember(member.name, team)
    record(work, performer, LogKind.ORG_ADD_TEAM_MEMBER, namespace_id=organization.id, address=address, member=member.name, team=team)


def remove_team_member(
    work: UnitOfWork, performer: Performer, organization: Account, team: str, name: str, *, address: str | None = None
) -> None:
    """Take a user or robot out of the team. Raises TeamNotFound, MemberNotFound, NotAMember and LastAdmin."""
    accounts.lock_one(work.connection, organization.id)
    found = get_team(work, organization, team)
    member = find_candidate(work, organization, name)
    if member is None:
        raise MemberNotFound
    user_id, robot_id = _ids(member)
    if not teams.remove_member(work.connection, found.id, user_id=user_id, robot_id=robot_id):
        raise NotAMember(name, team)
    if user_id is not None and found.role == "admin":
        _require_admin(work, organization)
    record(work, performer, LogKind.ORG_REMOVE_TEAM_MEMBER, namespace_id=organization.id, address=address, member=name, team=team)


def _ids(member: Account | Robot) -> tuple[int | None, int | None]:
    """(user id, robot id), one of them None."""
    return (None, member.id) if isinstance(member, Robot) else (member.id, None)


def _require_admin(work: UnitOfWork, organization: Account) -> None:
    if not teams.has_admin(work.connection, organization.id):
        raise LastAdmin(organization.name)
