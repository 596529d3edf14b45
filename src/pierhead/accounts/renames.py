"""Rename users and organizations. The rights have been checked before (see `users`)."""

from pierhead.accounts.freed_names import find_taker, free_name, require_untainted
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.errors import InvalidName, NameTaken
from pierhead.accounts.model.names import MAXIMUM_LENGTH, parse_namespace_name
from pierhead.accounts.store import accounts, namespaces
from pierhead.accounts.users import get_account
from pierhead.audit.model import LogKind, Performer
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork


def rename_account(work: UnitOfWork, performer: Performer, account: Account, name: str, *, address: str | None = None) -> Account:
    """The account and its robots get the name; its repositories are the caller's. The same name only ends the question for it.

    Log entries go on showing who did what under the name of then. Raises InvalidName, ReservedName, NameTaken and NameJustFreed.
    """
    what = "organization" if account.is_organization else "user"
    parse_namespace_name(name, what)
    if name == account.name:
        namespaces.rename(work.connection, account, name)
        return get_account(work, account.id)
    _require_room_for_robots(work, account, name, what)
    accounts.lock(work.connection)
    if accounts.is_name_taken(work.connection, name):
        raise NameTaken(name)
    taker = find_taker(performer)
    require_untainted(work, name, taker)
    namespaces.rename(work.connection, account, name)
    # Whoever renames itself is called by the new name from now on.
    free_name(work, account.name, name if taker == account.name else taker)
    if account.is_organization:
        record(work, performer, LogKind.ORG_CHANGE_NAME, namespace_id=account.id, address=address, old_name=account.name, new_name=name)
    else:
        record(
            work, performer, LogKind.USER_CHANGE_NAME, namespace_id=account.id, address=address, old_username=account.name, username=name
        )
    return get_account(work, account.id)


def _require_room_for_robots(work: UnitOfWork, account: Account, name: str, what: str) -> None:
    longest = namespaces.find_longest_robot_name(work.connection, account.id)
    if longest - len(account.name) + len(name) > MAXIMUM_LENGTH:
        raise InvalidName(what, name)
