"""Delete users and organizations: unreachable at once, removed by a job. The rights have been checked before (see `users`)."""

from pierhead.accounts.freed_names import find_taker, free_name
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.errors import LastAdmin
from pierhead.accounts.store import accounts, namespaces, teams
from pierhead.audit.model import LogKind, Performer
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork


def hide_account(work: UnitOfWork, performer: Performer, account: Account, *, address: str | None = None) -> None:
    """Nobody reaches the account, its robots and its teams any more, and its name is free; its repositories are the caller's to hide.

    Raises LastAdmin where an organization would be left alone.
    """
    administered = teams.list_administered(work.connection, account.id)
    for organization_id, _ in administered:
        accounts.lock_one(work.connection, organization_id)
    if account.is_organization:
        record(work, performer, LogKind.ORG_DELETE, namespace_id=account.id, address=address, namespace=account.name)
    else:
        record(work, performer, LogKind.USER_DELETE, namespace_id=account.id, address=address, username=account.name)
    namespaces.hide(work.connection, account, work.now)
    free_name(work, account.name, find_taker(performer))
    for organization_id, name in administered:
        if not teams.has_admin(work.connection, organization_id):
            raise LastAdmin(name)


def list_hidden_accounts(work: UnitOfWork, after_id: int, maximum: int) -> list[int]:
    """Ids of accounts whose rows wait to be removed, beyond one."""
    return namespaces.list_hidden(work.connection, after_id, maximum)


def remove_some_of_account(work: UnitOfWork, account_id: int, maximum: int) -> bool:
    """Remove a batch of what a hidden account left; False when nothing was left, and then its row is gone too."""
    if namespaces.remove_some(work.connection, account_id, maximum):
        return True
    namespaces.remove(work.connection, account_id)
    return False
