"""Queries of names that became free."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select

from pierhead.accounts.tables import freed_name
from pierhead.platform.database import upsert


class FreedName(NamedTuple):
    """Who freed a name; None is the server itself."""

    freed_by: str | None


_ADDING = upsert(freed_name)
_ADD = _ADDING.on_conflict_do_update(
    index_elements=[freed_name.c.name], set_={"freed_at": _ADDING.excluded.freed_at, "freed_by": _ADDING.excluded.freed_by}
)
_FIND = select(freed_name.c.freed_by).where(freed_name.c.name == bindparam("of_name"), freed_name.c.freed_at > bindparam("since"))
_FORGET_OLD = delete(freed_name).where(freed_name.c.freed_at <= bindparam("since"))


def add(connection: Connection, name: str, freed_by: str | None, moment: datetime) -> None:
    connection.execute(_ADD, {"name": name, "freed_by": freed_by, "freed_at": moment})


def find(connection: Connection, name: str, since: datetime) -> FreedName | None:
    """Who freed the name since a moment."""
    row = connection.execute(_FIND, {"of_name": name, "since": since}).first()
    return None if row is None else FreedName(row.freed_by)


def forget_old(connection: Connection, since: datetime) -> None:
    connection.execute(_FORGET_OLD, {"since": since})
