"""Queries of teams and their members."""

from sqlalchemy import Connection, bindparam, func, select

from pierhead.accounts.model.accounts import Membership, Team
from pierhead.accounts.tables import account, team, team_member
from pierhead.platform.database import upsert

_ADD = upsert(team).on_conflict_do_nothing().returning(team.c.id)
_ADD_MEMBER = upsert(team_member).on_conflict_do_nothing()
_FIND = select(team.c.id).where(team.c.organization_id == bindparam("organization_id"), team.c.name == bindparam("name"))
_OF_ORGANIZATION = (
    select(team.c.id, team.c.name, team.c.role, team.c.description, func.count(team_member.c.id).label("member_count"))
    .select_from(team.outerjoin(team_member, team_member.c.team_id == team.c.id))
    .where(team.c.organization_id == bindparam("organization_id"))
    .group_by(team.c.id, team.c.name, team.c.role, team.c.description)
    .order_by(team.c.name)
)
_ORGANIZATIONS_OF_USER = (
    select(account.c.name, team.c.role)
    .join(team, team.c.organization_id == account.c.id)
    .join(team_member, team_member.c.team_id == team.c.id)
    .where(team_member.c.user_id == bindparam("user_id"))
    .order_by(account.c.name)
)


def add(connection: Connection, organization_id: int, name: str, role: str, description: str) -> int | None:
    """The id of the new team, or None when the organization has one of that name."""
    row = connection.execute(_ADD, {"organization_id": organization_id, "name": name, "role": role, "description": description}).first()
    return None if row is None else row.id


def find_id(connection: Connection, organization_id: int, name: str) -> int | None:
    return connection.execute(_FIND, {"organization_id": organization_id, "name": name}).scalar_one_or_none()


def add_member(connection: Connection, team_id: int, *, user_id: int | None = None, robot_id: int | None = None) -> None:
    """Add a user or a robot; nothing happens when it is in the team."""
    connection.execute(_ADD_MEMBER, {"team_id": team_id, "user_id": user_id, "robot_id": robot_id})


def list_of_organization(connection: Connection, organization_id: int) -> list[Team]:
    """Every team, by name."""
    return [Team(*row) for row in connection.execute(_OF_ORGANIZATION, {"organization_id": organization_id})]


def list_memberships(connection: Connection, user_id: int) -> list[Membership]:
    """One entry for each team that the user is in, by the organization's name."""
    return [Membership(*row) for row in connection.execute(_ORGANIZATIONS_OF_USER, {"user_id": user_id})]
