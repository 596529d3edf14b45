"""Remove what a deleted namespace left, behind its repositories."""

from pierhead.accounts.deletions import remove_some_of_account
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.store import namespaces


def remove_some_of_namespace(work: UnitOfWork, account_id: int, maximum: int) -> bool | None:
    """Remove a batch of rows: True when there may be more, False when nothing is left, None while a repository is."""
    if namespaces.has_repositories(work.connection, account_id):
        return None
    return remove_some_of_account(work, account_id, maximum)
