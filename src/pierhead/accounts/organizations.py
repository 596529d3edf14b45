"""Create organizations and their teams. The rights have been checked before (see `users`)."""

from pierhead.accounts.model.accounts import Account, AccountKind, Membership, Robot, Team
from pierhead.accounts.model.errors import AccountNotFound, TeamExists, TeamNotFound
from pierhead.accounts.model.names import parse_email, parse_namespace_name, parse_short_name
from pierhead.accounts.store import teams
from pierhead.accounts.users import add_account, get_namespace
from pierhead.audit.model import LogKind, Performer
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork

OWNERS = "owners"


def create_organization(
    work: UnitOfWork, performer: Performer, creator: Account, name: str, email: str | None = None, *, address: str | None = None
) -> Account:
    """The organization, with the team `owners` that holds the creator.

    Raises InvalidName, ReservedName, InvalidEmail, NameTaken and EmailTaken.
    """
    parse_namespace_name(name, "organization")
    checked_email = parse_email(email) if email else None
    created = add_account(work, AccountKind.ORGANIZATION, name, checked_email)
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


def create_team(
    work: UnitOfWork,
    performer: Performer,
    organization: Account,
    name: str,
    role: str,
    *,
    description: str = "",
    address: str | None = None,
) -> None:
    """`role` is member, creator or admin. Raises InvalidName and TeamExists."""
    parse_short_name(name, "team")
    if teams.add(work.connection, organization.id, name, role, description) is None:
        raise TeamExists
    record(work, performer, LogKind.ORG_CREATE_TEAM, namespace_id=organization.id, address=address, team=name)


def add_team_member(
    work: UnitOfWork, performer: Performer, organization: Account, team: str, member: Account | Robot, *, address: str | None = None
) -> None:
    """Put a user or one of the organization's robots into a team. Raises TeamNotFound."""
    team_id = teams.find_id(work.connection, organization.id, team)
    if team_id is None:
        raise TeamNotFound
    if isinstance(member, Robot):
        teams.add_member(work.connection, team_id, robot_id=member.id)
    else:
        teams.add_member(work.connection, team_id, user_id=member.id)
    record(work, performer, LogKind.ORG_ADD_TEAM_MEMBER, namespace_id=organization.id, address=address, member=member.name, team=team)


def list_teams(work: UnitOfWork, organization: Account) -> list[Team]:
    """Every team, by name."""
    return teams.list_of_organization(work.connection, organization.id)


def list_memberships(work: UnitOfWork, user_id: int) -> list[Membership]:
    """One entry for each team that the user is in."""
    return teams.list_memberships(work.connection, user_id)
