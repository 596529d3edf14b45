"""Make the caller's own account into an organization that somebody else administers (`POST /user/convert`)."""

from pierhead.access.authenticate import authenticate_user
from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.errors import AccountDisabled, AdminRefused, EmailUnverified, InvalidCredentials
from pierhead.access.model.identity import Identity
from pierhead.access.services import AccessServices
from pierhead.access.store import conversions
from pierhead.accounts import users
from pierhead.accounts.conversions import convert_user
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.errors import AccountNotFound
from pierhead.platform.database import UnitOfWork


async def convert_account(
    services: AccessServices, identity: Identity, user: StoredUser, admin_name: str, admin_password: str, *, address: str | None
) -> StoredUser:
    """The admin, whose name and password the caller has given. Raises AdminRefused, LastAdmin, and RateLimited after too many wrong passwords."""
    try:
        admin = await authenticate_user(services, admin_name, admin_password, address=address)
    except (InvalidCredentials, AccountDisabled, EmailUnverified) as error:
        raise AdminRefused("The admin user credentials are not valid") from error
    if admin.id == user.id:
        raise AdminRefused("The admin user must be another one: nobody signs in as an organization")
    if user.is_superuser:
        raise AdminRefused("A superuser cannot be made into an organization")
    await services.database.write(_convert, services, identity, user.id, admin.id, address)
    return admin


def _convert(work: UnitOfWork, services: AccessServices, identity: Identity, user_id: int, admin_id: int, address: str | None) -> None:
    user, admin = users.get_account(work, user_id), users.get_account(work, admin_id)
    if user.is_organization or admin.is_organization:
        # Somebody else has converted one of them while this caller gave the password.
        raise AccountNotFound
    make_organization(work, services, identity, user, admin, address=address)


def make_organization(
    work: UnitOfWork, services: AccessServices, identity: Identity, user: Account, admin: Account, *, address: str | None
) -> None:
    """The user becomes an organization that `admin` administers, and nobody signs in as it any more. The rights have been checked before.

    Raises LastAdmin.
    """
    convert_user(work, identity, user, admin, address=address)
    services.repository_grants.drop_of_account(work, user.id)
    conversions.remove_credentials(work.connection, user.id)
