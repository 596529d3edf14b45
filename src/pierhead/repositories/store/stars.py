"""Queries of stars: repositories that a user marked."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from pierhead.platform.database import Prepared, upsert
from pierhead.repositories.tables import star

_ADD = upsert(star).on_conflict_do_nothing()
_of_both = (star.c.user_id == bindparam("of_user"), star.c.repository_id == bindparam("of_repository"))
_FIND = Prepared(select(star.c.user_id).where(*_of_both))
_REMOVE = Prepared(delete(star).where(*_of_both))
_REMOVE_ALL = Prepared(delete(star).where(star.c.repository_id == bindparam("of_repository")))


def add_star(connection: Connection, user_id: int, repository_id: int, moment: datetime) -> None:
    """Nothing happens when it is there."""
    connection.execute(_ADD, {"user_id": user_id, "repository_id": repository_id, "created_at": moment})


def is_starred(connection: Connection, user_id: int, repository_id: int) -> bool:
    """Whether the user marked the repository."""
    return _FIND.first(connection, of_user=user_id, of_repository=repository_id) is not None


def remove_star(connection: Connection, user_id: int, repository_id: int) -> None:
    """Nothing happens when there is none."""
    _REMOVE.run(connection, of_user=user_id, of_repository=repository_id)


def remove_stars(connection: Connection, repository_id: int) -> None:
    """Of every user."""
    _REMOVE_ALL.run(connection, of_repository=repository_id)
