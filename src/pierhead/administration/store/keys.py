"""Queries of the keys that superusers issued."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from pierhead.accounts.tables import account
from pierhead.administration.model import IssuedKey
from pierhead.administration.tables import issued_key

_STORED = ("kid", "service", "name", "public_jwk", "metadata", "created_at", "expires_at", "approver_id", "approved_at", "notes")
_CHANGING = ("name", "metadata", "expires_at", "approver_id", "approved_at", "notes")
_SELECT = select(*(issued_key.c[name] for name in _STORED), account.c.name, account.c.email).outerjoin(
    account, account.c.id == issued_key.c.approver_id
)
_LIST = _SELECT.order_by(issued_key.c.created_at, issued_key.c.kid)
_FIND = _SELECT.where(issued_key.c.kid == bindparam("wanted"))
_ADD = insert(issued_key)
_CHANGE = update(issued_key).where(issued_key.c.kid == bindparam("wanted")).values({name: bindparam(f"new_{name}") for name in _CHANGING})
_DELETE = delete(issued_key).where(issued_key.c.kid == bindparam("wanted"))


def list_keys(connection: Connection) -> list[IssuedKey]:
    """Every key, the oldest first."""
    return [IssuedKey(*row) for row in connection.execute(_LIST)]


def find_key(connection: Connection, kid: str) -> IssuedKey | None:
    """The key of an id."""
    row = connection.execute(_FIND, {"wanted": kid}).first()
    return None if row is None else IssuedKey(*row)


def add_key(connection: Connection, key: IssuedKey) -> None:
    """Keep a new key."""
    connection.execute(_ADD, _columns(key))


def change_key(connection: Connection, key: IssuedKey) -> None:
    """Replace whatever of a key can change."""
    columns = _columns(key)
    connection.execute(_CHANGE, {"wanted": key.kid, **{f"new_{name}": columns[name] for name in _CHANGING}})


def delete_key(connection: Connection, kid: str) -> None:
    """What it signed is not believed any more."""
    connection.execute(_DELETE, {"wanted": kid})


def _columns(key: IssuedKey) -> Mapping[str, Any]:
    return {name: getattr(key, name) for name in _STORED}
