"""Remove what a deleted namespace left, behind its repositories."""

from pierhead.accounts.deletions import remove_some_of_account
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.store import namespaces


def remove_some_of_namespace(work: UnitOfWork, account_id: int, maximum: int) -> bool | None:
    """Remove a batch of rows: True when there may be more, False when nothing is left, None while a repository is."""
    # A repository that was created at the moment of the deletion may not have been hidden.
    namespaces.hide_namespace(work.connection, account_id)
    if namespaces.has_repositories(work.connection, account_id):
        return None
    return remove_some_of_account(work, account_id, maximum)
