"""Queries of teams and their members."""

from itertools import groupby

from sqlalchemy import Connection, bindparam, delete, exists, func, literal, null, select, union_all, update

from pierhead.accounts.model.accounts import Membership, OrganizationMember, Team, TeamMember
from pierhead.accounts.tables import account, robot, team, team_member
from pierhead.platform.database import upsert

_ADD = upsert(team).on_conflict_do_nothing().returning(team.c.id)
_ADD_MEMBER = upsert(team_member).on_conflict_do_nothing().returning(team_member.c.id)
_SELECT = (
    select(team.c.id, team.c.name, team.c.role, team.c.description, func.count(team_member.c.id).label("member_count"))
    .select_from(team.outerjoin(team_member, team_member.c.team_id == team.c.id))
    .where(team.c.organization_id == bindparam("organization_id"))
    .group_by(team.c.id, team.c.name, team.c.role, team.c.description)
    .order_by(team.c.name)
)
_BY_NAME = _SELECT.where(team.c.name == bindparam("name"))
_CHANGE = update(team).where(team.c.id == bindparam("team_id")).values(role=bindparam("new_role"), description=bindparam("new_description"))
_DELETE = delete(team).where(team.c.id == bindparam("team_id"))
_MEMBERS = union_all(
    select(account.c.name.label("name"), account.c.email.label("email"), literal(False).label("is_robot"))
    .join(team_member, team_member.c.user_id == account.c.id)
    .where(team_member.c.team_id == bindparam("team_id")),
    select(robot.c.name, null(), literal(True))
    .join(team_member, team_member.c.robot_id == robot.c.id)
    .where(team_member.c.team_id == bindparam("team_id")),
).order_by("name")
_USER_IDS = (
    select(account.c.id, account.c.name)
    .join(team_member, team_member.c.user_id == account.c.id)
    .where(team_member.c.team_id == bindparam("team_id"))
    .order_by(account.c.id)
)
_REMOVE_USER = delete(team_member).where(team_member.c.team_id == bindparam("team_id"), team_member.c.user_id == bindparam("user_id"))
_REMOVE_ROBOT = delete(team_member).where(team_member.c.team_id == bindparam("team_id"), team_member.c.robot_id == bindparam("robot_id"))
_TEAMS_OF_ORGANIZATION = select(team.c.id).where(team.c.organization_id == bindparam("organization_id"))
_REMOVE_USER_EVERYWHERE = delete(team_member).where(
    team_member.c.user_id == bindparam("user_id"), team_member.c.team_id.in_(_TEAMS_OF_ORGANIZATION)
)
_REMOVE_ROBOT_EVERYWHERE = delete(team_member).where(
    team_member.c.robot_id == bindparam("robot_id"), team_member.c.team_id.in_(_TEAMS_OF_ORGANIZATION)
)
# A robot in a team of admins administers nothing, so that it does not count.
_HAS_ADMIN = select(
    exists()
    .where(team.c.organization_id == bindparam("organization_id"), team.c.role == "admin")
    .where(team_member.c.team_id == team.c.id, team_member.c.user_id.is_not(None))
)
_MEMBERS_OF_ORGANIZATION = (
    select(account.c.name, account.c.email, team.c.name.label("team"))
    .join(team_member, team_member.c.user_id == account.c.id)
    .join(team, team.c.id == team_member.c.team_id)
    .where(team.c.organization_id == bindparam("organization_id"))
    .order_by(account.c.name, team.c.name)
)
_ADMINS = (
    select(account.c.name)
    .join(team_member, team_member.c.user_id == account.c.id)
    .join(team, team.c.id == team_member.c.team_id)
    .where(team.c.organization_id == bindparam("organization_id"), team.c.role == "admin")
    .distinct()
    .order_by(account.c.name)
)
_TEAMS_OF_USER = (
    select(team.c.name)
    .join(team_member, team_member.c.team_id == team.c.id)
    .where(team.c.organization_id == bindparam("organization_id"), team_member.c.user_id == bindparam("user_id"))
    .order_by(team.c.name)
)
_TEAMS_OF_ROBOT = (
    select(team.c.name)
    .join(team_member, team_member.c.team_id == team.c.id)
    .where(team.c.organization_id == bindparam("organization_id"), team_member.c.robot_id == bindparam("robot_id"))
    .order_by(team.c.name)
)
_ORGANIZATIONS_OF_USER = (
    select(account.c.name, team.c.role)
    .join(team, team.c.organization_id == account.c.id)
    .join(team_member, team_member.c.team_id == team.c.id)
    .where(team_member.c.user_id == bindparam("user_id"))
    .order_by(account.c.name)
)
_ADMINISTERED_BY_USER = (
    select(account.c.id, account.c.name)
    .join(team, team.c.organization_id == account.c.id)
    .join(team_member, team_member.c.team_id == team.c.id)
    .where(team_member.c.user_id == bindparam("user_id"), team.c.role == "admin")
    .distinct()
    .order_by(account.c.id)
)


def add(connection: Connection, organization_id: int, name: str, role: str, description: str) -> int | None:
    """The id of the new team, or None when the organization has one of that name."""
    row = connection.execute(_ADD, {"organization_id": organization_id, "name": name, "role": role, "description": description}).first()
    return None if row is None else row.id


def find(connection: Connection, organization_id: int, name: str) -> Team | None:
    row = connection.execute(_BY_NAME, {"organization_id": organization_id, "name": name}).first()
    return None if row is None else Team(*row)


def change(connection: Connection, team_id: int, role: str, description: str) -> None:
    connection.execute(_CHANGE, {"team_id": team_id, "new_role": role, "new_description": description})


def delete_team(connection: Connection, team_id: int) -> None:
    connection.execute(_DELETE, {"team_id": team_id})


def add_member(connection: Connection, team_id: int, *, user_id: int | None = None, robot_id: int | None = None) -> bool:
    """Add a user or a robot; False when it is in the team already."""
    return connection.execute(_ADD_MEMBER, {"team_id": team_id, "user_id": user_id, "robot_id": robot_id}).first() is not None


def remove_member(connection: Connection, team_id: int, *, user_id: int | None = None, robot_id: int | None = None) -> bool:
    """Remove a user or a robot; False when it is not in the team."""
    if user_id is not None:
        return connection.execute(_REMOVE_USER, {"team_id": team_id, "user_id": user_id}).rowcount > 0
    return connection.execute(_REMOVE_ROBOT, {"team_id": team_id, "robot_id": robot_id}).rowcount > 0


def remove_from_all(connection: Connection, organization_id: int, *, user_id: int | None = None, robot_id: int | None = None) -> None:
    """Remove a user or a robot from every team of the organization."""
    if user_id is not None:
        connection.execute(_REMOVE_USER_EVERYWHERE, {"organization_id": organization_id, "user_id": user_id})
    else:
        connection.execute(_REMOVE_ROBOT_EVERYWHERE, {"organization_id": organization_id, "robot_id": robot_id})


def has_admin(connection: Connection, organization_id: int) -> bool:
    """Whether any user administers the organization."""
    return bool(connection.execute(_HAS_ADMIN, {"organization_id": organization_id}).scalar_one())


def list_of_organization(connection: Connection, organization_id: int) -> list[Team]:
    """Every team, by name."""
    return [Team(*row) for row in connection.execute(_SELECT, {"organization_id": organization_id})]


def list_members(connection: Connection, team_id: int) -> list[TeamMember]:
    """Users and robots of the team, by name."""
    return [TeamMember(row.name, row.email, bool(row.is_robot)) for row in connection.execute(_MEMBERS, {"team_id": team_id})]


def list_user_ids(connection: Connection, team_id: int) -> list[tuple[int, str]]:
    """Id and name of each user of the team."""
    return [(row.id, row.name) for row in connection.execute(_USER_IDS, {"team_id": team_id})]


def list_members_of_organization(connection: Connection, organization_id: int) -> list[OrganizationMember]:
    """Every user that is in a team, by name."""
    rows = connection.execute(_MEMBERS_OF_ORGANIZATION, {"organization_id": organization_id})
    return [
        OrganizationMember(name, email, False, tuple(row.team for row in group))
        for (name, email), group in groupby(rows, key=lambda row: (row.name, row.email))
    ]


def list_admins(connection: Connection, organization_id: int) -> list[str]:
    """Names of the users in teams of admins."""
    return [row[0] for row in connection.execute(_ADMINS, {"organization_id": organization_id})]


def list_teams_of(connection: Connection, organization_id: int, *, user_id: int | None = None, robot_id: int | None = None) -> list[str]:
    """The names of the organization's teams that a user or a robot is in."""
    if user_id is not None:
        rows = connection.execute(_TEAMS_OF_USER, {"organization_id": organization_id, "user_id": user_id})
    else:
        rows = connection.execute(_TEAMS_OF_ROBOT, {"organization_id": organization_id, "robot_id": robot_id})
    return [row[0] for row in rows]


def list_memberships(connection: Connection, user_id: int) -> list[Membership]:
    """One entry for each team that the user is in, by the organization's name."""
    return [Membership(*row) for row in connection.execute(_ORGANIZATIONS_OF_USER, {"user_id": user_id})]


def list_administered(connection: Connection, user_id: int) -> list[tuple[int, str]]:
    """Id and name of each organization that the user administers, by id."""
    return [(row.id, row.name) for row in connection.execute(_ADMINISTERED_BY_USER, {"user_id": user_id})]
