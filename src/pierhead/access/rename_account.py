"""Give a user or an organization another name: its repositories and robots bear it from then on."""

from pierhead.access.model.identity import Identity
from pierhead.access.repository_grants import RepositoryGrants
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.renames import rename_account
from pierhead.platform.database import UnitOfWork


def rename_own_account(
    work: UnitOfWork, identity: Identity, account: Account, name: str, *, grants: RepositoryGrants, address: str | None
) -> Account:
    """For the account's owner, or a superuser; the caller has been checked.

    Everything refers to the account itself, so that permissions, tokens and sessions stay; what was signed with the old name (`/v2` tokens,
    logins of robots) dies. Raises as `accounts.renames.rename_account`.
    """
    renamed = rename_account(work, identity, account, name, address=address)
    if renamed.name != account.name:
        grants.rename_namespace(work, account.id, account.name, renamed.name)
    return renamed
