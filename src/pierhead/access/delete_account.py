"""Delete a user or an organization: in one small transaction nobody reaches it or anything under it any more; a job removes the rest."""

from pierhead.access.repository_grants import RepositoryGrants
from pierhead.accounts.deletions import hide_account
from pierhead.accounts.model.accounts import Account
from pierhead.audit.model import Performer
from pierhead.platform.database import UnitOfWork


def delete_account(
    work: UnitOfWork, performer: Performer, account: Account, *, grants: RepositoryGrants, address: str | None = None
) -> None:
    """For whoever may; the caller has been checked. The names of the account, its repositories and its robots are free at once.

    Raises LastAdmin where an organization would be left alone.
    """
    hide_account(work, performer, account, address=address)
    grants.hide_namespace(work, account.id)
    if not account.is_organization:
        grants.drop_of_account(work, account.id)
