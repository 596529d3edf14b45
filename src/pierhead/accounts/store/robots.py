"""Queries of robots."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Boolean, Connection, bindparam, case, delete, insert, null, select, update

from pierhead.accounts.model.accounts import Federation, NewRobotToken, Robot, TokenLife
from pierhead.accounts.tables import robot, robot_federation, team, team_member
from pierhead.platform.database import upsert

_SELECT = select(
    robot.c.id,
    robot.c.namespace_id,
    robot.c.name,
    robot.c.description,
    robot.c.token_sealed,
    robot.c.created_at,
    robot.c.last_used_at,
    robot.c.unstructured_metadata,
    robot.c.token_seconds,
    robot.c.token_expires_at,
    robot.c.previous_token_expires_at,
)
_BY_NAME = _SELECT.where(robot.c.name == bindparam("name"))
_OF_NAMESPACE = _SELECT.where(robot.c.namespace_id == bindparam("namespace_id")).order_by(robot.c.name)
_ADD = upsert(robot).on_conflict_do_nothing().returning(robot.c.id)
_SET_TOKEN = (
    update(robot)
    .where(robot.c.id == bindparam("robot_id"))
    .values(
        # The database sees the old values on the right-hand side, whatever the order.
        previous_token_sha256=case((bindparam("keeps_old", type_=Boolean), robot.c.token_sha256), else_=null()),
        previous_token_expires_at=bindparam("old_until"),
        token_sha256=bindparam("new_sha256"),
        token_sealed=bindparam("new_sealed"),
        token_seconds=bindparam("new_seconds"),
        token_expires_at=bindparam("new_expires_at"),
    )
)
_SET_USED = update(robot).where(robot.c.id == bindparam("robot_id")).values(last_used_at=bindparam("moment"))
_DELETE = delete(robot).where(robot.c.id == bindparam("robot_id"))
_FEDERATION = (
    select(robot_federation.c.issuer, robot_federation.c.subject)
    .where(robot_federation.c.robot_id == bindparam("robot_id"))
    .order_by(robot_federation.c.id)
)
_ADD_FEDERATION = insert(robot_federation)
_CLEAR_FEDERATION = delete(robot_federation).where(robot_federation.c.robot_id == bindparam("robot_id"))
_TEAMS = (
    select(robot.c.name, team.c.name)
    .join(team_member, team_member.c.robot_id == robot.c.id)
    .join(team, team.c.id == team_member.c.team_id)
    .where(robot.c.namespace_id == bindparam("namespace_id"))
    .order_by(robot.c.name, team.c.name)
)


def find_by_name(connection: Connection, name: str) -> Robot | None:
    """By the whole name, `namespace+short`."""
    row = connection.execute(_BY_NAME, {"name": name}).first()
    return None if row is None else Robot(*row)


def list_of_namespace(connection: Connection, namespace_id: int) -> list[Robot]:
    """Every robot of a namespace, by name."""
    return [Robot(*row) for row in connection.execute(_OF_NAMESPACE, {"namespace_id": namespace_id})]


def add(
    connection: Connection,
    namespace_id: int,
    name: str,
    description: str,
    token: NewRobotToken,
    created_at: datetime,
    unstructured_metadata: str | None,
    life: TokenLife,
) -> int | None:
    """The id of the new robot, or None when the name is taken."""
    row = connection.execute(
        _ADD,
        {
            "namespace_id": namespace_id,
            "name": name,
            "description": description,
            "token_sha256": token.sha256,
            "token_sealed": token.sealed,
            "created_at": created_at,
            "unstructured_metadata": unstructured_metadata,
            "token_seconds": life.seconds,
            "token_expires_at": life.end(created_at),
        },
    ).first()
    return None if row is None else row.id


def set_token(
    connection: Connection, robot_id: int, token: NewRobotToken, life: TokenLife, moment: datetime, old_until: datetime | None
) -> None:
    """Replace the token; the old one is taken until `old_until`, or not at all."""
    connection.execute(
        _SET_TOKEN,
        {
            "robot_id": robot_id,
            "new_sha256": token.sha256,
            "new_sealed": token.sealed,
            "new_seconds": life.seconds,
            "new_expires_at": life.end(moment),
            "keeps_old": old_until is not None,
            "old_until": old_until,
        },
    )


def set_used(connection: Connection, robot_id: int, moment: datetime) -> None:
    connection.execute(_SET_USED, {"robot_id": robot_id, "moment": moment})


def delete_robot(connection: Connection, robot_id: int) -> None:
    connection.execute(_DELETE, {"robot_id": robot_id})


def list_federation(connection: Connection, robot_id: int) -> list[Federation]:
    """The subjects that may act as the robot, in the order in which they were given."""
    return [Federation(*row) for row in connection.execute(_FEDERATION, {"robot_id": robot_id})]


def replace_federation(connection: Connection, robot_id: int, subjects: Sequence[Federation]) -> None:
    """Forget the old list and keep this one."""
    connection.execute(_CLEAR_FEDERATION, {"robot_id": robot_id})
    if subjects:
        connection.execute(
            _ADD_FEDERATION, [{"robot_id": robot_id, "issuer": entry.issuer, "subject": entry.subject} for entry in subjects]
        )


def list_teams_of_robots(connection: Connection, namespace_id: int) -> list[tuple[str, str]]:
    """(robot, team) of every robot of the namespace that is in a team, by name."""
    return [(row[0], row[1]) for row in connection.execute(_TEAMS, {"namespace_id": namespace_id})]
