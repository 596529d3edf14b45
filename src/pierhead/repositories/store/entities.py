"""Queries that find users, robots, teams and organizations by a part of their name."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select

from pierhead.accounts.tables import account, robot, team, team_member
from pierhead.platform.database import Prepared
from pierhead.repositories.model import FoundAccount, FoundTeam
from pierhead.repositories.store.search import escape_like

_pattern: Any = bindparam("pattern", required=True)
_most: Any = bindparam("maximum", required=True)
_namespace_id: Any = bindparam("namespace_id", required=True)
_user_id: Any = bindparam("user_id", required=True)

_is_member = (
    select(team_member.c.id)
    .join(team, team.c.id == team_member.c.team_id)
    .where(team.c.organization_id == _namespace_id, team_member.c.user_id == account.c.id)
    .correlate(account)
    .exists()
)
_USERS = Prepared(
    select(account.c.name, account.c.email, _is_member)
    .where(account.c.kind == "user", account.c.is_enabled, account.c.name.like(_pattern, escape="!"))
    .order_by(account.c.name)
    .limit(_most)
)
_TEAMS = Prepared(
    select(team.c.name)
    .where(team.c.organization_id == _namespace_id, team.c.name.like(_pattern, escape="!"))
    .order_by(team.c.name)
    .limit(_most)
)
_ROBOTS = Prepared(
    select(robot.c.name)
    .where(
        robot.c.namespace_id == _namespace_id,
        or_(robot.c.name.like(_pattern, escape="!"), robot.c.name.like(bindparam("short_pattern"), escape="!")),
    )
    .order_by(robot.c.name)
    .limit(_most)
)
_joined = select(team.c.organization_id).join(team_member, team_member.c.team_id == team.c.id).where(team_member.c.user_id == _user_id)
_administered = _joined.where(team.c.role == "admin")
_OWN_NAMESPACES = Prepared(
    select(account.c.name, account.c.email, account.c.kind)
    .where(or_(account.c.id == _user_id, account.c.id.in_(_joined)), account.c.name.like(_pattern, escape="!"))
    .order_by(account.c.name)
    .limit(_most)
)
_OWN_TEAMS = Prepared(
    select(team.c.name, account.c.name)
    .join(account, account.c.id == team.c.organization_id)
    .where(team.c.organization_id.in_(_administered), team.c.name.like(_pattern, escape="!"))
    .order_by(team.c.name, account.c.name)
    .limit(_most)
)
_OWN_ROBOTS = Prepared(
    select(robot.c.name)
    .where(
        or_(robot.c.namespace_id == _user_id, robot.c.namespace_id.in_(_administered)),
        robot.c.name.like(_pattern, escape="!"),
    )
    .order_by(robot.c.name)
    .limit(_most)
)
_NAMED = select(account.c.name, account.c.email, account.c.kind).where(account.c.name.in_(bindparam("names", expanding=True)))


def list_users(connection: Connection, prefix: str, namespace_id: int, maximum: int) -> list[FoundAccount]:
    """Enabled users whose name begins so, and whether they are in a team of the namespace."""
    rows = _USERS.all(connection, pattern=f"{escape_like(prefix)}%", namespace_id=namespace_id, maximum=maximum)
    return [FoundAccount(row[0], row[1], is_organization=False, is_member=bool(row[2])) for row in rows]


def list_teams(connection: Connection, prefix: str, namespace_id: int, maximum: int) -> list[str]:
    """Teams of the organization whose name begins so."""
    return [row[0] for row in _TEAMS.all(connection, pattern=f"{escape_like(prefix)}%", namespace_id=namespace_id, maximum=maximum)]


def list_robots(connection: Connection, prefix: str, namespace_id: int, maximum: int) -> list[str]:
    """Robots of the namespace whose whole or short name begins so."""
    escaped = escape_like(prefix)
    rows = _ROBOTS.all(connection, pattern=f"{escaped}%", short_pattern=f"%+{escaped}%", namespace_id=namespace_id, maximum=maximum)
    return [row[0] for row in rows]


def list_own_namespaces(connection: Connection, text: str, user_id: int, maximum: int) -> list[FoundAccount]:
    """The user's own namespace and organizations, when their names hold the text."""
    rows = _OWN_NAMESPACES.all(connection, pattern=f"%{escape_like(text)}%", user_id=user_id, maximum=maximum)
    return [_read_account(row) for row in rows]


def list_own_teams(connection: Connection, text: str, user_id: int, maximum: int) -> list[FoundTeam]:
    """Teams of organizations that the user administers, when their names hold the text."""
    return [FoundTeam(*row) for row in _OWN_TEAMS.all(connection, pattern=f"%{escape_like(text)}%", user_id=user_id, maximum=maximum)]


def list_own_robots(connection: Connection, text: str, user_id: int, maximum: int) -> list[str]:
    """Robots of namespaces that the user administers, when their whole names hold the text."""
    return [row[0] for row in _OWN_ROBOTS.all(connection, pattern=f"%{escape_like(text)}%", user_id=user_id, maximum=maximum)]


def list_accounts(connection: Connection, names: Sequence[str]) -> list[FoundAccount]:
    """Users and organizations of these names."""
    return [_read_account(row) for row in connection.execute(_NAMED, {"names": list(names)})]


def _read_account(row: Sequence[Any]) -> FoundAccount:
    return FoundAccount(row[0], row[1], is_organization=row[2] == "organization", is_member=True)
