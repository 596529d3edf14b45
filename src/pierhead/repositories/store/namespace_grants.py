"""Queries of what was granted on all repositories of a namespace."""

from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select

from pierhead.accounts.tables import account, robot, team
from pierhead.platform.database import Prepared
from pierhead.repositories.model import RepositoryState, RoleOnRepository
from pierhead.repositories.tables import repository, repository_permission

_here = (repository.c.namespace_id == bindparam("namespace_id"), repository.c.state != RepositoryState.MARKED_FOR_DELETION.value)


def _list(holder: Any, column: Any) -> Prepared:
    return Prepared(
        select(holder.c.name, repository.c.name)
        .select_from(repository)
        .join(repository_permission, repository_permission.c.repository_id == repository.c.id)
        .join(holder, holder.c.id == column)
        .where(*_here)
        .order_by(holder.c.name, repository.c.name)
    )


_OF_USERS = _list(account, repository_permission.c.user_id)
_OF_ROBOTS = _list(robot, repository_permission.c.robot_id)


def _list_roles(column: Any) -> Prepared:
    return Prepared(
        select(repository.c.name, repository.c.is_public, repository_permission.c.role)
        .join(repository_permission, repository_permission.c.repository_id == repository.c.id)
        .where(column == bindparam("holder_id"))
        .order_by(repository.c.name)
    )


_OF_ROBOT = _list_roles(repository_permission.c.robot_id)
_OF_TEAM = _list_roles(repository_permission.c.team_id)
_BY_TEAM = Prepared(
    select(team.c.name, func.count())
    .select_from(team)
    .join(repository_permission, repository_permission.c.team_id == team.c.id)
    .where(team.c.organization_id == bindparam("namespace_id"))
    .group_by(team.c.name)
)
_DROP = Prepared(
    delete(repository_permission).where(
        repository_permission.c.user_id == bindparam("user_id"),
        repository_permission.c.repository_id.in_(select(repository.c.id).where(repository.c.namespace_id == bindparam("namespace_id"))),
    )
)


def list_of_users(connection: Connection, namespace_id: int) -> list[tuple[str, str]]:
    """(user, whole name of the repository) of each permission of a user."""
    return [(row[0], row[1]) for row in _OF_USERS.all(connection, namespace_id=namespace_id)]


def list_of_robots(connection: Connection, namespace_id: int) -> list[tuple[str, str]]:
    """(robot, whole name of the repository) of each permission of a robot."""
    return [(row[0], row[1]) for row in _OF_ROBOTS.all(connection, namespace_id=namespace_id)]


def count_by_team(connection: Connection, namespace_id: int) -> dict[str, int]:
    """On how many repositories each team has a permission; teams without any are left out."""
    return {row[0]: row[1] for row in _BY_TEAM.all(connection, namespace_id=namespace_id)}


def drop_of_user(connection: Connection, namespace_id: int, user_id: int) -> int:
    """Take a user's permissions away; how many there were."""
    return _DROP.run(connection, namespace_id=namespace_id, user_id=user_id)


def list_of_robot(connection: Connection, robot_id: int) -> list[RoleOnRepository]:
    """What a robot was given itself, by the repository's name."""
    return [RoleOnRepository(row[0], bool(row[1]), row[2]) for row in _OF_ROBOT.all(connection, holder_id=robot_id)]


def list_of_team(connection: Connection, team_id: int) -> list[RoleOnRepository]:
    """What a team was given, by the repository's name."""
    return [RoleOnRepository(row[0], bool(row[1]), row[2]) for row in _OF_TEAM.all(connection, holder_id=team_id)]
