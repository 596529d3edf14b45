"""Queries about rows of repositories and their namespaces."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, update

from pierhead.accounts.tables import account
from pierhead.platform.database import Prepared, upsert
from pierhead.repositories.model import Repository, RepositoryKind, RepositoryState
from pierhead.repositories.tables import REPOSITORY_COLUMNS, repository

_FIND = Prepared(select(*REPOSITORY_COLUMNS).where(repository.c.name == bindparam("name")))
_FIND_BY_ID = Prepared(select(*REPOSITORY_COLUMNS).where(repository.c.id == bindparam("repository_id")))
_LOCK = Prepared(select(repository.c.id).where(repository.c.id == bindparam("repository_id")).with_for_update())
_NAMESPACE = Prepared(select(account.c.id, account.c.kind, account.c.is_enabled).where(account.c.name == bindparam("name")))
_HOLD_NAMESPACE = Prepared(
    select(account.c.id)
    .where(account.c.id == bindparam("namespace_id"), account.c.name == bindparam("name"))
    .with_for_update(read=True, key_share=True)
)
_INSERT = (
    upsert(repository)
    .values(
        namespace_id=bindparam("namespace_id"),
        name=bindparam("name"),
        kind=bindparam("kind"),
        state=RepositoryState.NORMAL.value,
        is_public=bindparam("is_public"),
        description=bindparam("description"),
        created_at=bindparam("created_at"),
    )
    .on_conflict_do_nothing(index_elements=["name"])
    .returning(repository.c.id)
)
_this = repository.c.id == bindparam("repository_id")
_GROW = Prepared(update(repository).where(_this).values(size_bytes=repository.c.size_bytes + bindparam("change_bytes")))
_FACTS = Prepared(
    select(repository.c.description, account.c.kind, account.c.tag_window_seconds)
    .join(account, account.c.id == repository.c.namespace_id)
    .where(_this)
)
_SET_DESCRIPTION = Prepared(update(repository).where(_this).values(description=bindparam("new_description")))
_SET_VISIBILITY = Prepared(update(repository).where(_this).values(is_public=bindparam("public")))
_SET_STATE = Prepared(update(repository).where(_this).values(state=bindparam("new_state")))
_SET_MODIFIED = Prepared(update(repository).where(_this).values(modified_ms=bindparam("at_ms")))
_HIDE = Prepared(
    update(repository)
    .where(_this)
    .values(name=bindparam("new_name"), state=RepositoryState.MARKED_FOR_DELETION.value, is_public=bindparam("public"))
)
_HIDDEN = Prepared(
    select(repository.c.id)
    .where(repository.c.state == RepositoryState.MARKED_FOR_DELETION.value)
    .order_by(repository.c.id)
    .limit(bindparam("maximum"))
)
_DELETE = Prepared(delete(repository).where(_this, repository.c.state == RepositoryState.MARKED_FOR_DELETION.value))


class Facts(NamedTuple):
    """What the page of a repository shows beside the row of every look-up."""

    description: str
    is_organization: bool
    tag_window_seconds: int


def find_repository(connection: Connection, name: str) -> Repository | None:
    """The repository of a whole name."""
    row = _FIND.first(connection, name=name)
    return Repository.of_row(row) if row else None


def find_repository_by_id(connection: Connection, repository_id: int) -> Repository | None:
    """The repository of a row id."""
    row = _FIND_BY_ID.first(connection, repository_id=repository_id)
    return Repository.of_row(row) if row else None


def get_facts(connection: Connection, repository_id: int) -> Facts:
    """The further facts of an existing repository."""
    row = _FACTS.first(connection, repository_id=repository_id)
    if row is None:
        return Facts("", is_organization=False, tag_window_seconds=0)
    return Facts(row[0], row[1] == "organization", row[2])


def lock_repository(connection: Connection, repository_id: int) -> None:
    """Let one transaction at a time change the repository's tags. SQLite has one writer anyway."""
    if connection.dialect.name != "sqlite":
        _LOCK.first(connection, repository_id=repository_id)


def find_namespace(connection: Connection, name: str) -> tuple[int, str, bool] | None:
    """(row id, kind, whether it is enabled) of a namespace."""
    row = _NAMESPACE.first(connection, name=name)
    return (row[0], row[1], bool(row[2])) if row else None


def hold_namespace(connection: Connection, namespace_id: int, name: str) -> bool:
    """Let nobody rename or delete the namespace until the transaction ends; whether it still has this name. SQLite has one writer anyway."""
    return _HOLD_NAMESPACE.first(connection, namespace_id=namespace_id, name=name) is not None


def insert_repository(
    connection: Connection,
    *,
    namespace_id: int,
    name: str,
    kind: RepositoryKind,
    is_public: bool,
    description: str,
    created_at: datetime,
) -> int | None:
    """Add a repository; its id, or None when the name is taken."""
    return connection.execute(
        _INSERT,
        {
            "namespace_id": namespace_id,
            "name": name,
            "kind": kind.value,
            "is_public": is_public,
            "description": description,
            "created_at": created_at,
        },
    ).scalar_one_or_none()


def grow_repository(connection: Connection, repository_id: int, change_bytes: int) -> None:
    """Add to (or, when negative, take from) the repository's size."""
    _GROW.run(connection, repository_id=repository_id, change_bytes=change_bytes)


def set_description(connection: Connection, repository_id: int, description: str) -> None:
    """Replace the description."""
    _SET_DESCRIPTION.run(connection, repository_id=repository_id, new_description=description)


def set_visibility(connection: Connection, repository_id: int, *, is_public: bool) -> None:
    """Make the repository public or private."""
    _SET_VISIBILITY.run(connection, repository_id=repository_id, public=is_public)


def set_state(connection: Connection, repository_id: int, state: RepositoryState) -> None:
    """Replace the state."""
    _SET_STATE.run(connection, repository_id=repository_id, new_state=state.value)


def set_modified(connection: Connection, repository_id: int, at_ms: int) -> None:
    """Note when a tag was last pushed."""
    _SET_MODIFIED.run(connection, repository_id=repository_id, at_ms=at_ms)


def hide_repository(connection: Connection, repository_id: int, *, new_name: str) -> None:
    """Free the name and mark the row for deletion."""
    _HIDE.run(connection, repository_id=repository_id, new_name=new_name, public=False)


def list_hidden_ids(connection: Connection, maximum: int) -> list[int]:
    """Ids of repositories that are marked for deletion."""
    return [row[0] for row in _HIDDEN.all(connection, maximum=maximum)]


def delete_hidden(connection: Connection, repository_id: int) -> None:
    """Remove the row of a repository that is marked for deletion; whatever refers to it goes with it."""
    _DELETE.run(connection, repository_id=repository_id)
