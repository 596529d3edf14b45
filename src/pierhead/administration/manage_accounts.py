"""What superusers do with users and organizations. Superusers themselves are changed at the command line."""

import secrets
import string
from dataclasses import replace

from pierhead.access.application_tokens import list_all_application_tokens
from pierhead.access.delete_account import delete_account
from pierhead.access.encrypted_passwords import encrypt_password
from pierhead.access.manage_user import get_stored_user
from pierhead.access.model.application_tokens import ApplicationToken
from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage, may_pass
from pierhead.access.rename_account import rename_account
from pierhead.access.services import AccessServices
from pierhead.accounts import organizations, users
from pierhead.accounts.model.accounts import Account, AccountKind
from pierhead.accounts.model.names import parse_password
from pierhead.accounts.model.quotas import NO_QUOTAS, QuotaPolicy
from pierhead.administration.model import AccountPage, ChangedUser, SuperuserProtected, UserChanges
from pierhead.administration.store import accounts as store
from pierhead.administration.superuser import require_superuser
from pierhead.platform.database import UnitOfWork
from pierhead.platform.secrets import SecretBox
from pierhead.repositories.namespace_grants import StoredRepositoryGrants
from pierhead.repositories.quotas import report_quotas

_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 32
_TOKENS = 50


def list_users(
    work: UnitOfWork,
    identity: Identity,
    *,
    enabled_only: bool,
    after: int = 0,
    limit: int | None = None,
    quotas: QuotaPolicy = NO_QUOTAS,
) -> AccountPage:
    """Users in the order of their creation; all of them without a limit. Raises SignInRequired and NotAllowed, as do the others."""
    require_superuser(identity, reads=True)
    page = store.list_accounts(work.connection, AccountKind.USER, enabled_only=enabled_only, after=after, limit=limit)
    return _with_quotas(work, page, quotas)


def list_organizations(
    work: UnitOfWork, identity: Identity, *, after: int = 0, limit: int | None = None, quotas: QuotaPolicy = NO_QUOTAS
) -> AccountPage:
    """Organizations in the order of their creation; all of them without a limit."""
    require_superuser(identity, reads=True)
    page = store.list_accounts(work.connection, AccountKind.ORGANIZATION, enabled_only=False, after=after, limit=limit)
    return _with_quotas(work, page, quotas)


def _with_quotas(work: UnitOfWork, page: AccountPage, quotas: QuotaPolicy) -> AccountPage:
    return replace(page, quotas=report_quotas(work, [account.id for account in page.accounts], quotas))


def get_user(work: UnitOfWork, identity: Identity, name: str) -> Account:
    """Raises AccountNotFound too."""
    require_superuser(identity, reads=True)
    return users.get_user(work, name)


async def create_user(services: AccessServices, identity: Identity, name: str, email: str | None, *, address: str | None) -> ChangedUser:
    """A user with a password that the server chooses. Raises what `users.create_user` raises too."""
    require_superuser(identity)
    password = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    password_hash = await services.hasher.hash(password)
    return await services.database.write(_create, services.secret_box, identity, name, email, password, password_hash, address)


def _create(
    work: UnitOfWork,
    secret_box: SecretBox,
    identity: Identity,
    name: str,
    email: str | None,
    password: str,
    password_hash: str,
    address: str | None,
) -> ChangedUser:
    created = users.create_user(work, identity, name, email, password_hash, address=address)
    return ChangedUser(created, password, _encrypt(work, created, secret_box))


async def change_user(services: AccessServices, identity: Identity, name: str, changes: UserChanges, *, address: str | None) -> ChangedUser:
    """All of the changes or none. Raises AccountNotFound, SuperuserProtected, and what the verbs of `users` raise too."""
    require_superuser(identity)
    password_hash = None if changes.password is None else await services.hasher.hash(parse_password(changes.password))
    return await services.database.write(_change, services.secret_box, identity, name, changes, password_hash, address)


def _change(
    work: UnitOfWork,
    secret_box: SecretBox,
    identity: Identity,
    name: str,
    changes: UserChanges,
    password_hash: str | None,
    address: str | None,
) -> ChangedUser:
    user = _get_unprotected(work, name, "Cannot update a superuser")
    if changes.name is not None:
        user = rename_account(work, identity, user, changes.name, grants=StoredRepositoryGrants(), address=address)
    if changes.email is not None:
        users.set_email(work, identity, user, changes.email, address=address)
    if changes.enabled is not None and changes.enabled is not user.is_enabled:
        users.set_enabled(work, identity, user, changes.enabled, address=address)
    if password_hash is None:
        return ChangedUser(users.get_account(work, user.id))
    users.set_password(work, identity, user, password_hash, address=address)
    return ChangedUser(users.get_account(work, user.id), encrypted_password=_encrypt(work, user, secret_box))


def delete_user(work: UnitOfWork, identity: Identity, name: str, *, address: str | None) -> None:
    """Raises AccountNotFound, SuperuserProtected, and LastAdmin where an organization would be left alone, too."""
    require_superuser(identity)
    user = _get_unprotected(work, name, "Cannot delete a superuser")
    delete_account(work, identity, user, grants=StoredRepositoryGrants(), address=address)


def delete_organization(work: UnitOfWork, identity: Identity, name: str, *, address: str | None) -> None:
    """Raises AccountNotFound too."""
    require_superuser(identity)
    delete_account(work, identity, organizations.get_organization(work, name), grants=StoredRepositoryGrants(), address=address)


def list_application_tokens(
    work: UnitOfWork, identity: Identity, *, expiring_only: bool, after: int
) -> tuple[list[tuple[ApplicationToken, str]], int | None]:
    """A page of everybody's tokens, each with its owner, and where the next page begins. For superusers with full access and global readers."""
    if identity.is_anonymous:
        raise SignInRequired
    if not may_pass(identity, Passage.BOTH):
        raise NotAllowed
    return list_all_application_tokens(work, after=after, limit=_TOKENS, expiring_only=expiring_only)


def _get_unprotected(work: UnitOfWork, name: str, refusal: str) -> Account:
    user = users.get_user(work, name)
    if user.is_superuser:
        raise SuperuserProtected(refusal)
    return user


def _encrypt(work: UnitOfWork, user: Account, secret_box: SecretBox) -> str:
    return encrypt_password(get_stored_user(work, user.id), secret_box, work.now)
