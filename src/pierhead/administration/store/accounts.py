"""Queries of lists of accounts, and of the names of what log entries refer to."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from pierhead.accounts.model.accounts import AccountKind
from pierhead.accounts.tables import account
from pierhead.administration.model import AccountPage, ListedAccount, NamedAccount
from pierhead.repositories.tables import repository

_NAMED = select(account.c.id, account.c.name, account.c.email, account.c.kind).where(account.c.kind != AccountKind.DELETED)
_BY_IDS = _NAMED.where(account.c.id.in_(bindparam("ids", expanding=True)))
_BY_NAMES = _NAMED.where(account.c.name.in_(bindparam("names", expanding=True)))
_REPOSITORIES = select(repository.c.id, repository.c.name).where(repository.c.id.in_(bindparam("ids", expanding=True)))
_LISTED = (
    select(account.c.id, account.c.name, account.c.email, account.c.is_verified, account.c.is_superuser, account.c.is_enabled)
    .where(account.c.kind == bindparam("kind"), account.c.id > bindparam("after"))
    .order_by(account.c.id)
)
_LISTED_ENABLED = _LISTED.where(account.c.is_enabled)


def find_accounts_by_id(connection: Connection, ids: Collection[int]) -> dict[int, NamedAccount]:
    """Those of the accounts that exist."""
    found = connection.execute(_BY_IDS, {"ids": list(ids)}).all() if ids else []
    return {row.id: _named(row) for row in found}


def find_accounts_by_name(connection: Connection, names: Collection[str]) -> dict[str, NamedAccount]:
    """Those of the accounts that exist."""
    found = connection.execute(_BY_NAMES, {"names": list(names)}).all() if names else []
    return {row.name: _named(row) for row in found}


def find_repository_names(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """The whole names of those repositories that exist."""
    found = connection.execute(_REPOSITORIES, {"ids": list(ids)}).all() if ids else []
    return {row.id: row.name for row in found}


def list_accounts(connection: Connection, kind: AccountKind, *, enabled_only: bool, after: int, limit: int | None) -> AccountPage:
    """Accounts of a kind behind a row; all of them without a limit."""
    statement = _LISTED_ENABLED if enabled_only else _LISTED
    if limit is not None:
        statement = statement.limit(limit + 1)
    rows: Sequence[Row[*tuple[Any, ...]]] = connection.execute(statement, {"kind": kind, "after": after}).all()
    shown = rows if limit is None else rows[:limit]
    return AccountPage([ListedAccount(*row) for row in shown], shown[-1].id if len(rows) > len(shown) else None)


def _named(row: Row[*tuple[Any, ...]]) -> NamedAccount:
    return NamedAccount(row.id, row.name, row.email, row.kind == AccountKind.ORGANIZATION)
