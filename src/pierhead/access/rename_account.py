"""Give a user or an organization another name: its repositories and robots bear it from then on."""

from pierhead.access.model.identity import Identity
from pierhead.access.repository_grants import RepositoryGrants
from pierhead.accounts import renames
from pierhead.accounts.model.accounts import Account
from pierhead.platform.database import UnitOfWork


def rename_account(
    work: UnitOfWork, identity: Identity, account: Account, name: str, *, grants: RepositoryGrants, address: str | None
) -> Account:
    """For the account's owner or a superuser; the caller has been checked.

    Everything refers to the account itself, so that permissions, tokens and sessions stay; what bears the old name (`/v2` tokens, logins of
    robots) dies. Raises InvalidName, ReservedName, NameTaken and NameJustFreed.
    """
    renamed = renames.rename_account(work, identity, account, name, address=address)
    if renamed.name != account.name:
        grants.rename_namespace(work, account.id, account.name, renamed.name)
    return renamed
