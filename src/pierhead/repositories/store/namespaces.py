"""Statements about all repositories of a namespace at once, and about everything that was given to one user."""

from sqlalchemy import Connection, Text, bindparam, cast, delete, func, literal, select, update

from pierhead.platform.database import Prepared
from pierhead.repositories.model import RepositoryState
from pierhead.repositories.store import search
from pierhead.repositories.store.repositories import find_repository
from pierhead.repositories.tables import default_permission, repository, repository_permission, star

_LONGEST_NAME = 512
_here = repository.c.namespace_id == bindparam("namespace_id")
_RENAME = Prepared(
    update(repository)
    .where(_here)
    .values(name=cast(bindparam("new_name"), Text) + func.substr(repository.c.name, bindparam("behind_old_name")))
)
# Names that nobody can ask for, each another: those that the repositories had are free at once. They hold the old ones, for the search
# index, whose rows would be too many for the same transaction.
_HIDE = Prepared(
    update(repository)
    .where(_here, repository.c.state != RepositoryState.MARKED_FOR_DELETION.value)
    .values(
        name=func.substr(literal("~") + cast(repository.c.id, Text) + literal(" ") + repository.c.name, 1, _LONGEST_NAME),
        state=RepositoryState.MARKED_FOR_DELETION.value,
        is_public=bindparam("public"),
    )
)
_NAMES = Prepared(select(repository.c.name).where(_here, repository.c.state != RepositoryState.MARKED_FOR_DELETION.value))
_IS_LEFT = Prepared(select(repository.c.id).where(_here).limit(1))
_DROPS = tuple(
    Prepared(delete(column.table).where(column == bindparam("user_id")))
    for column in (repository_permission.c.user_id, default_permission.c.user_id, default_permission.c.activating_user_id, star.c.user_id)
)


def rename_namespace(connection: Connection, namespace_id: int, old: str, new: str) -> None:
    """Repositories keep the part of their name behind the namespace's, hidden ones too."""
    names = [row[0] for row in _NAMES.all(connection, namespace_id=namespace_id)]
    search.remove_names(connection, names)
    search.add_names(connection, (new + name.removeprefix(old) for name in names))
    _RENAME.run(connection, namespace_id=namespace_id, new_name=new, behind_old_name=len(old) + 1)


def hide_namespace(connection: Connection, namespace_id: int) -> None:
    """Mark every repository for deletion. One statement: an index leads to the rows, and nothing below them is touched."""
    _HIDE.run(connection, namespace_id=namespace_id, public=False)


def forget_old_name(connection: Connection, hidden_name: str) -> None:
    """Take the name that a repository had before its namespace was hidden out of the search index, unless another bears it by now."""
    name = hidden_name.partition(" ")[2]
    if not name:
        return
    search.remove_names(connection, (name,))
    # Whoever creates one of this name at this moment holds the rows of the index, so that it is seen here.
    if find_repository(connection, name) is not None:
        search.add_names(connection, (name,))


def has_repositories(connection: Connection, namespace_id: int) -> bool:
    """Whether the row of any repository is left, hidden or not."""
    return _IS_LEFT.first(connection, namespace_id=namespace_id) is not None


def drop_of_account(connection: Connection, user_id: int) -> None:
    """Take what a user was given on repositories anywhere, and the user's stars."""
    for statement in _DROPS:
        statement.run(connection, user_id=user_id)
