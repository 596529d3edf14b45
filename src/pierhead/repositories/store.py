"""Queries about repositories and about the grants that lead to them."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, literal, or_, select, union_all, update
from sqlalchemy.sql import Select

from pierhead.accounts.tables import account, robot, team, team_member
from pierhead.platform.database import Prepared, upsert
from pierhead.repositories.model import Repository, RepositoryKind, RepositoryState
from pierhead.repositories.tables import REPOSITORY_COLUMNS, repository, repository_permission

_FIND = Prepared(select(*REPOSITORY_COLUMNS).where(repository.c.name == bindparam("name")))
_FIND_BY_ID = Prepared(select(*REPOSITORY_COLUMNS).where(repository.c.id == bindparam("repository_id")))
_LOCK = Prepared(select(repository.c.id).where(repository.c.id == bindparam("repository_id")).with_for_update())
_NAMESPACE = Prepared(select(account.c.id, account.c.kind, account.c.is_enabled).where(account.c.name == bindparam("name")))
_INSERT = (
    upsert(repository)
    .values(
        namespace_id=bindparam("namespace_id"),
        name=bindparam("name"),
        kind=bindparam("kind"),
        state=RepositoryState.NORMAL.value,
        is_public=bindparam("is_public"),
        created_at=bindparam("created_at"),
    )
    .on_conflict_do_nothing(index_elements=["name"])
    .returning(repository.c.id)
)
_GROW = Prepared(
    update(repository)
    .where(repository.c.id == bindparam("repository_id"))
    .values(size_bytes=repository.c.size_bytes + bindparam("change_bytes"))
)
_USER_ID = select(account.c.id).where(account.c.name == bindparam("holder"), account.c.kind == "user").scalar_subquery()
_ROBOT_ID = select(robot.c.id).where(robot.c.name == bindparam("holder")).scalar_subquery()


def _role_statements(permission_column: Any, member_column: Any, holder: Any) -> Prepared:
    """Every grant of one holder on one repository: (role, where it comes from)."""
    direct = select(repository_permission.c.role, literal("direct")).where(
        repository_permission.c.repository_id == bindparam("repository_id"), permission_column == holder
    )
    by_team = (
        select(repository_permission.c.role, literal("team"))
        .join(team_member, team_member.c.team_id == repository_permission.c.team_id)
        .where(repository_permission.c.repository_id == bindparam("repository_id"), member_column == holder)
    )
    by_team_role = (
        select(team.c.role, literal("namespace"))
        .join(team_member, team_member.c.team_id == team.c.id)
        .where(team.c.organization_id == bindparam("namespace_id"), member_column == holder)
    )
    return Prepared(union_all(direct, by_team, by_team_role))


_USER_ROLES = _role_statements(repository_permission.c.user_id, team_member.c.user_id, _USER_ID)
_ROBOT_ROLES = _role_statements(repository_permission.c.robot_id, team_member.c.robot_id, _ROBOT_ID)
_GRANT_USER = Prepared(
    insert(repository_permission).values(repository_id=bindparam("repository_id"), user_id=bindparam("user_id"), role=bindparam("role"))
)
_GRANT_ROBOT = Prepared(
    insert(repository_permission).values(repository_id=bindparam("repository_id"), robot_id=bindparam("robot_id"), role=bindparam("role"))
)
_HOLDER_ID = {"user": Prepared(select(_USER_ID.label("id"))), "robot": Prepared(select(_ROBOT_ID.label("id")))}


def _visible(permission_column: Any, member_column: Any, holder: Any, *columns: Any) -> Select[Any]:
    """Image repositories of enabled namespaces on which a holder has any right."""
    direct = select(repository_permission.c.repository_id).where(permission_column == holder)
    by_team = (
        select(repository_permission.c.repository_id)
        .join(team_member, team_member.c.team_id == repository_permission.c.team_id)
        .where(member_column == holder)
    )
    administered = (
        select(team.c.organization_id)
        .join(team_member, team_member.c.team_id == team.c.id)
        .where(member_column == holder, team.c.role == "admin")
    )
    return (
        select(repository.c.name, *columns)
        .where(
            repository.c.name > bindparam("after"),
            repository.c.kind == RepositoryKind.IMAGE.value,
            exists().where(account.c.id == repository.c.namespace_id, account.c.is_enabled),
            or_(
                repository.c.namespace_id == holder if permission_column is repository_permission.c.user_id else literal(value=False),
                repository.c.namespace_id.in_(administered),
                repository.c.id.in_(direct),
                repository.c.id.in_(by_team),
                repository.c.is_public & (bindparam("with_public") == 1),
            ),
        )
        .order_by(repository.c.name)
        .limit(bindparam("maximum"))
    )


_HOLDERS = {
    "user": (repository_permission.c.user_id, team_member.c.user_id, _USER_ID),
    "robot": (repository_permission.c.robot_id, team_member.c.robot_id, _ROBOT_ID),
}
_VISIBLE = {kind: Prepared(_visible(*holder)) for kind, holder in _HOLDERS.items()}
_SEARCH = {
    kind: Prepared(_visible(*holder, repository.c.description).where(repository.c.name.like(bindparam("pattern"), escape="!")))
    for kind, holder in _HOLDERS.items()
}


def find_repository(connection: Connection, name: str) -> Repository | None:
    """The repository of a whole name."""
    row = _FIND.first(connection, name=name)
    return Repository.of_row(row) if row else None


def find_repository_by_id(connection: Connection, repository_id: int) -> Repository | None:
    """The repository of a row id."""
    row = _FIND_BY_ID.first(connection, repository_id=repository_id)
    return Repository.of_row(row) if row else None


def lock_repository(connection: Connection, repository_id: int) -> None:
    """Let one transaction at a time change the repository's tags. SQLite has one writer anyway."""
    if connection.dialect.name != "sqlite":
        _LOCK.first(connection, repository_id=repository_id)


def find_namespace(connection: Connection, name: str) -> tuple[int, str, bool] | None:
    """(row id, kind, whether it is enabled) of a namespace."""
    row = _NAMESPACE.first(connection, name=name)
    return (row[0], row[1], bool(row[2])) if row else None


def insert_repository(
    connection: Connection, *, namespace_id: int, name: str, kind: RepositoryKind, is_public: bool, created_at: datetime
) -> int | None:
    """Add a repository; its id, or None when the name is taken."""
    return connection.execute(
        _INSERT, {"namespace_id": namespace_id, "name": name, "kind": kind.value, "is_public": is_public, "created_at": created_at}
    ).scalar_one_or_none()


def grow_repository(connection: Connection, repository_id: int, change_bytes: int) -> None:
    """Add to (or, when negative, take from) the repository's size."""
    _GROW.run(connection, repository_id=repository_id, change_bytes=change_bytes)


def list_grants(connection: Connection, repository_id: int, namespace_id: int, *, holder: str, is_robot: bool) -> list[tuple[str, str]]:
    """(role, source) of every grant; source is `direct`, `team` or `namespace` (then the role is the team's own)."""
    statement = _ROBOT_ROLES if is_robot else _USER_ROLES
    return [(row[0], row[1]) for row in statement.all(connection, repository_id=repository_id, namespace_id=namespace_id, holder=holder)]


def grant(connection: Connection, repository_id: int, *, holder: str, is_robot: bool, role: str) -> None:
    """Give a user or robot a role on a new repository."""
    kind = "robot" if is_robot else "user"
    row = _HOLDER_ID[kind].first(connection, holder=holder)
    if row is None or row[0] is None:
        return
    if is_robot:
        _GRANT_ROBOT.run(connection, repository_id=repository_id, robot_id=row[0], role=role)
    else:
        _GRANT_USER.run(connection, repository_id=repository_id, user_id=row[0], role=role)


def list_visible_names(connection: Connection, *, holder: str, is_robot: bool, with_public: bool, after: str, maximum: int) -> list[str]:
    """Names of image repositories that the holder may read, beyond `after`."""
    statement = _VISIBLE["robot" if is_robot else "user"]
    rows = statement.all(connection, holder=holder, with_public=int(with_public), after=after, maximum=maximum)
    return [row[0] for row in rows]


def search(
    connection: Connection, text: str, *, holder: str, is_robot: bool, with_public: bool, after: str, maximum: int
) -> list[tuple[str, str]]:
    """(name, description) of image repositories that the holder may read and whose name holds the text, beyond `after`."""
    pattern = "%" + re.sub("[!%_]", r"!\g<0>", text) + "%"
    statement = _SEARCH["robot" if is_robot else "user"]
    rows = statement.all(connection, holder=holder, with_public=int(with_public), after=after, maximum=maximum, pattern=pattern)
    return [(row[0], row[1]) for row in rows]
