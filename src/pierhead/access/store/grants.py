"""Queries of what teams give to their members; asked with every permission check, so they run on the driver itself."""

from sqlalchemy import Connection, bindparam, select

from pierhead.accounts.tables import team, team_member
from pierhead.platform.database import Prepared

_ROLES = (
    select(team.c.role).join(team_member, team_member.c.team_id == team.c.id).where(team.c.organization_id == bindparam("namespace_id"))
)
_OF_USER = Prepared(_ROLES.where(team_member.c.user_id == bindparam("user_id")))
_OF_ROBOT = Prepared(_ROLES.where(team_member.c.robot_id == bindparam("robot_id")))


def list_team_roles_of_user(connection: Connection, namespace_id: int, user_id: int) -> list[str]:
    """The role of each team of the namespace that the user is in."""
    return [row[0] for row in _OF_USER.all(connection, namespace_id=namespace_id, user_id=user_id)]


def list_team_roles_of_robot(connection: Connection, namespace_id: int, robot_id: int) -> list[str]:
    """The role of each team of the namespace that the robot is in."""
    return [row[0] for row in _OF_ROBOT.all(connection, namespace_id=namespace_id, robot_id=robot_id)]
