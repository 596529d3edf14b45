"""Queries of who holds which role on a repository, and where each role comes from."""

from typing import Any

from sqlalchemy import Connection, bindparam, delete, literal, null, select, union_all, update

from pierhead.accounts.tables import account, robot, team, team_member
from pierhead.platform.database import Prepared, upsert
from pierhead.repositories.model import Grant, HeldRole, Holder, HolderKind
from pierhead.repositories.tables import repository_permission

USER_ID = select(account.c.id).where(account.c.name == bindparam("holder"), account.c.kind == "user").scalar_subquery()
ROBOT_ID = select(robot.c.id).where(robot.c.name == bindparam("holder")).scalar_subquery()


def _role_statements(permission_column: Any, member_column: Any, holder: Any) -> Prepared:
    """Every grant of one holder on one repository: (role, where it comes from, through which team)."""
    direct = select(repository_permission.c.role, literal("direct"), null()).where(
        repository_permission.c.repository_id == bindparam("repository_id"), permission_column == holder
    )
    by_team = (
        select(repository_permission.c.role, literal("team"), team.c.name)
        .join(team, team.c.id == repository_permission.c.team_id)
        .join(team_member, team_member.c.team_id == repository_permission.c.team_id)
        .where(repository_permission.c.repository_id == bindparam("repository_id"), member_column == holder)
    )
    by_team_role = (
        select(team.c.role, literal("namespace"), team.c.name)
        .join(team_member, team_member.c.team_id == team.c.id)
        .where(team.c.organization_id == bindparam("namespace_id"), member_column == holder)
    )
    return Prepared(union_all(direct, by_team, by_team_role))


_USER_ROLES = _role_statements(repository_permission.c.user_id, team_member.c.user_id, USER_ID)
_ROBOT_ROLES = _role_statements(repository_permission.c.robot_id, team_member.c.robot_id, ROBOT_ID)
_HOLDER_ID = {"user": Prepared(select(USER_ID.label("id"))), "robot": Prepared(select(ROBOT_ID.label("id")))}

_COLUMNS = {
    HolderKind.USER: repository_permission.c.user_id,
    HolderKind.ROBOT: repository_permission.c.robot_id,
    HolderKind.TEAM: repository_permission.c.team_id,
}


def _of_holder(kind: HolderKind) -> tuple[Any, ...]:
    return repository_permission.c.repository_id == bindparam("of_repository"), _COLUMNS[kind] == bindparam("of_holder")


_FIND = {kind: Prepared(select(repository_permission.c.role).where(*_of_holder(kind))) for kind in HolderKind}


def _add(column: Any) -> Prepared:
    """Two callers may give the same holder a role at once; the later one's counts."""
    new: dict[str, Any] = {"repository_id": bindparam("of_repository"), column.name: bindparam("of_holder"), "role": bindparam("new_role")}
    adding = upsert(repository_permission).values(new)
    return Prepared(
        adding.on_conflict_do_update(index_elements=[repository_permission.c.repository_id, column], set_={"role": adding.excluded.role})
    )


_ADD = {kind: _add(column) for kind, column in _COLUMNS.items()}
_CHANGE = {kind: Prepared(update(repository_permission).where(*_of_holder(kind)).values(role=bindparam("new_role"))) for kind in HolderKind}
_REMOVE = {kind: Prepared(delete(repository_permission).where(*_of_holder(kind))) for kind in HolderKind}
_REMOVE_ALL = Prepared(delete(repository_permission).where(repository_permission.c.repository_id == bindparam("repository_id")))

_is_member = (
    select(team_member.c.id)
    .join(team, team.c.id == team_member.c.team_id)
    .where(team.c.organization_id == bindparam("namespace_id"), team_member.c.user_id == repository_permission.c.user_id)
    .correlate(repository_permission)
    .exists()
)
_USERS = Prepared(
    select(account.c.name, repository_permission.c.role, account.c.email, _is_member)
    .join(account, account.c.id == repository_permission.c.user_id)
    .where(repository_permission.c.repository_id == bindparam("repository_id"))
    .order_by(account.c.name)
)
_ROBOTS = Prepared(
    select(robot.c.name, repository_permission.c.role, robot.c.namespace_id)
    .join(robot, robot.c.id == repository_permission.c.robot_id)
    .where(repository_permission.c.repository_id == bindparam("repository_id"))
    .order_by(robot.c.name)
)
_TEAMS = Prepared(
    select(team.c.name, repository_permission.c.role)
    .join(team, team.c.id == repository_permission.c.team_id)
    .where(repository_permission.c.repository_id == bindparam("repository_id"))
    .order_by(team.c.name)
)
_USER = Prepared(select(account.c.id, account.c.email).where(account.c.name == bindparam("name"), account.c.kind == "user"))
_ROBOT = Prepared(select(robot.c.id, robot.c.namespace_id).where(robot.c.name == bindparam("name")))
_TEAM = Prepared(select(team.c.id).where(team.c.name == bindparam("name"), team.c.organization_id == bindparam("namespace_id")))
_IS_MEMBER = Prepared(
    select(team_member.c.id)
    .join(team, team.c.id == team_member.c.team_id)
    .where(team.c.organization_id == bindparam("namespace_id"), team_member.c.user_id == bindparam("user_id"))
    .limit(1)
)


def list_grants(connection: Connection, repository_id: int, namespace_id: int, *, holder: str, is_robot: bool) -> list[Grant]:
    """Every grant of a user or robot on the repository."""
    statement = _ROBOT_ROLES if is_robot else _USER_ROLES
    return [Grant(*row) for row in statement.all(connection, repository_id=repository_id, namespace_id=namespace_id, holder=holder)]


def grant(connection: Connection, repository_id: int, *, holder: str, is_robot: bool, role: str) -> None:
    """Give a user or robot a role on a new repository."""
    row = _HOLDER_ID["robot" if is_robot else "user"].first(connection, holder=holder)
    if row is not None and row[0] is not None:
        kind = HolderKind.ROBOT if is_robot else HolderKind.USER
        _ADD[kind].run(connection, of_repository=repository_id, of_holder=row[0], new_role=role)


def find_user(connection: Connection, name: str, namespace_id: int) -> Holder | None:
    """A user as somebody to give permissions to in a namespace."""
    row = _USER.first(connection, name=name)
    if row is None:
        return None
    is_member = _IS_MEMBER.first(connection, namespace_id=namespace_id, user_id=row[0]) is not None
    return Holder(HolderKind.USER, row[0], name, email=row[1], is_member=is_member)


def find_robot(connection: Connection, name: str, namespace_id: int) -> Holder | None:
    """As `find_user`; a robot is a member of its own namespace only."""
    row = _ROBOT.first(connection, name=name)
    return None if row is None else Holder(HolderKind.ROBOT, row[0], name, is_member=row[1] == namespace_id)


def find_team(connection: Connection, name: str, namespace_id: int) -> Holder | None:
    """A team of the organization."""
    row = _TEAM.first(connection, name=name, namespace_id=namespace_id)
    return None if row is None else Holder(HolderKind.TEAM, row[0], name, is_member=True)


def find_permission(connection: Connection, repository_id: int, holder: Holder) -> str | None:
    """The role that the holder was given itself."""
    row = _FIND[holder.kind].first(connection, of_repository=repository_id, of_holder=holder.id)
    return None if row is None else str(row[0])


def add_permission(connection: Connection, repository_id: int, holder: Holder, role: str) -> None:
    """Give a role to whoever has none."""
    _ADD[holder.kind].run(connection, of_repository=repository_id, of_holder=holder.id, new_role=role)


def change_permission(connection: Connection, repository_id: int, holder: Holder, role: str) -> None:
    """Replace the role."""
    _CHANGE[holder.kind].run(connection, of_repository=repository_id, of_holder=holder.id, new_role=role)


def remove_permission(connection: Connection, repository_id: int, holder: Holder) -> None:
    """Take the role away."""
    _REMOVE[holder.kind].run(connection, of_repository=repository_id, of_holder=holder.id)


def remove_permissions(connection: Connection, repository_id: int) -> None:
    """Take everybody's role away."""
    _REMOVE_ALL.run(connection, repository_id=repository_id)


def list_held_roles(connection: Connection, repository_id: int, namespace_id: int) -> list[HeldRole]:
    """Users, then robots, each by name."""
    users = _USERS.all(connection, repository_id=repository_id, namespace_id=namespace_id)
    robots = _ROBOTS.all(connection, repository_id=repository_id)
    return [
        *(HeldRole(name, role, email, is_robot=False, is_member=bool(is_member)) for name, role, email, is_member in users),
        *(HeldRole(name, role, None, is_robot=True, is_member=home == namespace_id) for name, role, home in robots),
    ]


def list_team_roles(connection: Connection, repository_id: int) -> list[tuple[str, str]]:
    """(team, role), by name."""
    return [(row[0], row[1]) for row in _TEAMS.all(connection, repository_id=repository_id)]
