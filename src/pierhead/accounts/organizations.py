"""Create, change and delete organizations. The rights have been checked before (see `users`)."""

from pierhead.accounts.freed_names import find_taker
from pierhead.accounts.model.accounts import Account, AccountKind, Membership, OrganizationMember, Robot
from pierhead.accounts.model.errors import AccountNotFound, LastAdmin, TeamExists
from pierhead.accounts.model.names import parse_email, parse_namespace_name
from pierhead.accounts.store import accounts, teams
from pierhead.accounts.teams import OWNERS, add_team_member, create_team, list_teams
from pierhead.accounts.users import add_account, get_namespace
from pierhead.audit.model import LogKind, Performer
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork

__all__ = [
    "OWNERS",
    "add_team_member",
    "create_organization",
    "create_team",
    "get_organization",
    "list_memberships",
    "list_organization_members",
    "list_own_teams",
    "list_teams",
    "remove_organization_member",
]


def create_organization(
    work: UnitOfWork,
    performer: Performer,
    creator: Account,
    name: str,
    email: str | None = None,
    *,
    address: str | None = None,
) -> Account:
    """The organization, with the team `owners` that holds the creator.

    Raises InvalidName, ReservedName, InvalidEmail, NameTaken and EmailTaken.
    """
    parse_namespace_name(name, "organization")
    checked_email = parse_email(email) if email else None
    created = add_account(work, AccountKind.ORGANIZATION, name, checked_email, taker=find_taker(performer))
    owners = teams.add(work.connection, created.id, OWNERS, "admin", "")
    if owners is None:
        raise TeamExists
    teams.add_member(work.connection, owners, user_id=creator.id)
    record(work, performer, LogKind.ORG_CREATE, namespace_id=created.id, address=address, email=checked_email, namespace=name)
    return created


def get_organization(work: UnitOfWork, name: str) -> Account:
    """Raises AccountNotFound, for a user as well."""
    found = get_namespace(work, name)
    if not found.is_organization:
        raise AccountNotFound
    return found


def list_memberships(work: UnitOfWork, user_id: int) -> list[Membership]:
    """One entry for each team that the user is in."""
    return teams.list_memberships(work.connection, user_id)


def list_organization_members(work: UnitOfWork, organization: Account) -> list[OrganizationMember]:
    """Every user that is in a team, by name; no robots."""
    return teams.list_members_of_organization(work.connection, organization.id)


def list_admins(work: UnitOfWork, organization: Account) -> list[str]:
    """The names of the users who administer the organization."""
    return teams.list_admins(work.connection, organization.id)


def list_own_teams(work: UnitOfWork, organization: Account, *, user_id: int | None = None, robot_id: int | None = None) -> list[str]:
    """The names of the organization's teams that a user or a robot is in."""
    return teams.list_teams_of(work.connection, organization.id, user_id=user_id, robot_id=robot_id)


def remove_organization_member(
    work: UnitOfWork, performer: Performer, organization: Account, member: Account | Robot, *, address: str | None = None
) -> int:
    """Take a user or robot out of every team; out of how many. Raises LastAdmin."""
    is_robot = isinstance(member, Robot)
    user_id, robot_id = (None, member.id) if is_robot else (member.id, None)
    accounts.lock_one(work.connection, organization.id)
    left = list_own_teams(work, organization, user_id=user_id, robot_id=robot_id)
    teams.remove_from_all(work.connection, organization.id, user_id=user_id, robot_id=robot_id)
    if left and not teams.has_admin(work.connection, organization.id):
        raise LastAdmin(organization.name)
    for team in left:
        record(
            work, performer, LogKind.ORG_REMOVE_TEAM_MEMBER, namespace_id=organization.id, address=address, member=member.name, team=team
        )
    return len(left)
