"""What superusers do about names and lost passwords of others."""

from pierhead.access.mailing import Mailing
from pierhead.access.model.identity import Identity
from pierhead.access.recover_account import mail_recovery_to
from pierhead.access.rename_account import rename_account
from pierhead.accounts import organizations, users
from pierhead.accounts.model.accounts import Account
from pierhead.administration.superuser import require_superuser
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.namespace_grants import StoredRepositoryGrants


def rename_organization(work: UnitOfWork, identity: Identity, name: str, new_name: str | None, *, address: str | None) -> Account:
    """The organization under its new name; None changes nothing. Raises SignInRequired, NotAllowed, AccountNotFound, and as a renaming does."""
    require_superuser(identity)
    organization = organizations.get_organization(work, name)
    if new_name is None:
        return organization
    return rename_account(work, identity, organization, new_name, grants=StoredRepositoryGrants(), address=address)


def mail_recovery(work: UnitOfWork, mailing: Mailing, identity: Identity, name: str) -> str:
    """Mail a link to a user that signs in without the password; the address. Raises SignInRequired, NotAllowed, AccountNotFound and EmailRequired."""
    require_superuser(identity)
    return mail_recovery_to(work, mailing, users.get_user(work, name))
