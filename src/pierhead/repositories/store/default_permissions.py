"""Queries of default permissions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from pierhead.accounts.tables import account, robot, team, team_member
from pierhead.platform.database import Prepared
from pierhead.repositories.model import DefaultPermission, Holder, HolderKind
from pierhead.repositories.tables import default_permission

_activating, _user = account.alias(), account.alias()


def _is_member(column: Any) -> Any:
    return (
        select(team_member.c.id)
        .join(team, team.c.id == team_member.c.team_id)
        .where(team.c.organization_id == default_permission.c.organization_id, team_member.c.user_id == column)
        .correlate(default_permission)
        .exists()
    )


_LIST = (
    select(
        default_permission.c.uuid,
        default_permission.c.role,
        _activating.c.id,
        _activating.c.name,
        _activating.c.email,
        _is_member(default_permission.c.activating_user_id),
        _user.c.id,
        _user.c.name,
        _user.c.email,
        _is_member(default_permission.c.user_id),
        robot.c.id,
        robot.c.name,
        team.c.id,
        team.c.name,
    )
    .select_from(
        default_permission.outerjoin(_activating, _activating.c.id == default_permission.c.activating_user_id)
        .outerjoin(_user, _user.c.id == default_permission.c.user_id)
        .outerjoin(robot, robot.c.id == default_permission.c.robot_id)
        .outerjoin(team, team.c.id == default_permission.c.team_id)
    )
    .where(default_permission.c.organization_id == bindparam("organization_id"))
    .order_by(default_permission.c.id)
)
_ALL = Prepared(_LIST)
_ONE = Prepared(_LIST.where(default_permission.c.uuid == bindparam("uuid")))
_FOR = Prepared(
    _LIST.where(or_(default_permission.c.activating_user_id.is_(None), default_permission.c.activating_user_id == bindparam("creator_id")))
)
_ADD = insert(default_permission)
_CHANGE = Prepared(update(default_permission).where(default_permission.c.uuid == bindparam("of_uuid")).values(role=bindparam("new_role")))
_REMOVE = Prepared(delete(default_permission).where(default_permission.c.uuid == bindparam("of_uuid")))


def list_rules(connection: Connection, organization_id: int) -> list[DefaultPermission]:
    """Every rule of the organization, the oldest first."""
    return [_read(row) for row in _ALL.all(connection, organization_id=organization_id)]


def list_rules_for(connection: Connection, organization_id: int, creator_id: int | None) -> list[DefaultPermission]:
    """The rules that a new repository of this user follows; None is somebody who is no user."""
    return [_read(row) for row in _FOR.all(connection, organization_id=organization_id, creator_id=creator_id)]


def find_rule(connection: Connection, organization_id: int, uuid: str) -> DefaultPermission | None:
    """One rule of the organization."""
    row = _ONE.first(connection, organization_id=organization_id, uuid=uuid)
    return None if row is None else _read(row)


def add_rule(connection: Connection, organization_id: int, rule: DefaultPermission) -> None:
    """A new rule."""
    holders = {f"{kind.value}_id": rule.delegate.id if rule.delegate.kind is kind else None for kind in HolderKind}
    activating = None if rule.activating_user is None else rule.activating_user.id
    connection.execute(
        _ADD, {"uuid": rule.uuid, "organization_id": organization_id, "activating_user_id": activating, "role": rule.role, **holders}
    )


def change_rule(connection: Connection, uuid: str, role: str) -> None:
    """Replace the role."""
    _CHANGE.run(connection, of_uuid=uuid, new_role=role)


def remove_rule(connection: Connection, uuid: str) -> None:
    """Remove the rule; what it gave stays."""
    _REMOVE.run(connection, of_uuid=uuid)


def _read(row: Sequence[Any]) -> DefaultPermission:
    activating = None if row[2] is None else Holder(HolderKind.USER, row[2], row[3], email=row[4], is_member=bool(row[5]))
    if row[6] is not None:
        delegate = Holder(HolderKind.USER, row[6], row[7], email=row[8], is_member=bool(row[9]))
    elif row[10] is not None:
        delegate = Holder(HolderKind.ROBOT, row[10], row[11], is_member=True)
    else:
        delegate = Holder(HolderKind.TEAM, row[12], row[13], is_member=True)
    return DefaultPermission(row[0], row[1], activating, delegate)
