"""What users do with their own account: see it, change the name, password or e-mail address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pierhead.access.confirm_email import ask_for_email
from pierhead.access.delete_account import delete_account
from pierhead.access.directory_users import require_own_password
from pierhead.access.encrypted_passwords import encrypt_password
from pierhead.access.manage_oauth_applications import add_application
from pierhead.access.manage_oauth_tokens import mint_token
from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.errors import FeatureDisabled, InitializationDisabled
from pierhead.access.model.external import ExternalLogin, PasswordElsewhere
from pierhead.access.model.identity import ANONYMOUS, Identity
from pierhead.access.model.oauth import ApplicationFields
from pierhead.access.model.oauth_scopes import EVERY_SCOPE
from pierhead.access.rename_account import rename_account
from pierhead.access.repository_grants import RepositoryGrants
from pierhead.access.services import AccessServices
from pierhead.access.sign_in_external import list_logins
from pierhead.access.stored_users import get_stored_user
from pierhead.accounts import organizations, users
from pierhead.accounts.model.accounts import Account, Membership
from pierhead.accounts.model.names import parse_password
from pierhead.accounts.model.quotas import QuotaReport
from pierhead.audit.model import LogKind
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork

__all__ = [
    "Changes",
    "FirstUser",
    "OwnView",
    "change_user",
    "delete_user",
    "get_stored_user",
    "initialize",
    "make_client_key",
    "sign_out",
    "view_account",
    "view_own_account",
]

_FIRST_TOKEN_SECONDS = 9000
_FIRST_APPLICATION = "automation"


@dataclass(frozen=True, slots=True)
class OwnView:
    """A user's own account, with one membership for each team and the sign-ins of other providers that are attached."""

    account: Account
    memberships: list[Membership]
    quota: QuotaReport | None = None
    logins: Sequence[ExternalLogin] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What a user wants changed; None leaves it as it is."""

    password: str | None = None
    email: str | None = None
    tag_window_seconds: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)  # fields of `Details`
    name: str | None = None


@dataclass(frozen=True, slots=True)
class FirstUser:
    """The first superuser, and an OAuth token of every scope for the scripts that set the server up when one was asked for."""

    user: StoredUser
    access_token: str | None


async def initialize(
    services: AccessServices, name: str, email: str | None, password: str, *, with_token: bool, address: str | None
) -> FirstUser:
    """The first superuser of an empty database. Raises InitializationDisabled, AlreadyInitialized, InvalidPassword, and what `users.create_user` raises."""
    if not services.options.user_initialize:
        raise InitializationDisabled
    await services.database.read(users.require_no_account)
    password_hash = await services.hasher.hash(parse_password(password))
    return await services.database.write(_initialize, services, name, email, password_hash, with_token, address)


async def change_user(
    services: AccessServices, identity: Identity, user: StoredUser, changes: Changes, *, address: str | None
) -> StoredUser:
    """All of the changes or none; with mail a new e-mail address waits until the link to it was followed.

    A name is looked at only where the settings let users change it, or where the server made it up: clients send it along otherwise.
    Raises PasswordElsewhere for people of a directory, and what the verbs of `users` raise.
    """
    if changes.password is not None:
        await services.database.read(require_own_password, services.external.directory_service, user.id)
    password_hash = None if changes.password is None else await services.hasher.hash(parse_password(changes.password))
    return await services.database.write(_change, services, identity, user.id, changes, password_hash, address)


async def make_client_key(services: AccessServices, identity: Identity, user: StoredUser, *, address: str | None) -> str:
    """An encrypted password of the user, whose password has just been checked. Raises FeatureDisabled when the password is kept elsewhere."""
    try:
        await services.database.read(require_own_password, services.external.directory_service, user.id)
    except PasswordElsewhere as error:
        raise FeatureDisabled from error
    key = encrypt_password(user, services.secret_box, services.database.clock.now())
    await services.database.write(_record_client_key, identity, user.id, address)
    return key


def view_own_account(work: UnitOfWork, user_id: int, *, grants: RepositoryGrants) -> OwnView:
    """Raises AccountNotFound."""
    quota = grants.report_quota(work, user_id)
    return OwnView(users.get_account(work, user_id), organizations.list_memberships(work, user_id), quota, list_logins(work, user_id))


def view_account(work: UnitOfWork, name: str, *, grants: RepositoryGrants) -> OwnView:
    """Any user, with what only that user may see. Raises AccountNotFound, for an organization as well."""
    return view_own_account(work, users.get_user(work, name).id, grants=grants)


def delete_user(work: UnitOfWork, identity: Identity, user_id: int, *, grants: RepositoryGrants, address: str | None) -> None:
    """The user and everything in the user's namespace are gone. Raises LastAdmin."""
    delete_account(work, identity, users.get_account(work, user_id), grants=grants, address=address)


def _initialize(
    work: UnitOfWork, services: AccessServices, name: str, email: str | None, password_hash: str, with_token: bool, address: str | None
) -> FirstUser:
    created = users.initialize_first_user(work, ANONYMOUS, name, email, password_hash, address=address)
    user = get_stored_user(work, created.id)
    if not with_token:
        return FirstUser(user, None)
    fields = ApplicationFields(_FIRST_APPLICATION)
    application = add_application(work, ANONYMOUS, created, fields, secret_box=services.secret_box, address=address)
    made = mint_token(work, ANONYMOUS, application, user.id, EVERY_SCOPE, seconds=_FIRST_TOKEN_SECONDS, address=address)
    return FirstUser(user, made.secret)


def _change(
    work: UnitOfWork,
    services: AccessServices,
    identity: Identity,
    user_id: int,
    changes: Changes,
    password_hash: str | None,
    address: str | None,
) -> StoredUser:
    account = users.get_account(work, user_id)
    if changes.name and (services.options.user_rename or account.must_confirm_name):
        rename_account(work, identity, account, changes.name, grants=services.repository_grants, address=address)
    if changes.email is not None and services.mailing is not None:
        ask_for_email(work, services.mailing, account, changes.email)
    elif changes.email is not None:
        users.set_email(work, identity, account, changes.email, address=address)
    if changes.tag_window_seconds is not None:
        users.set_tag_window(work, identity, account, changes.tag_window_seconds, address=address)
    if changes.details:
        users.set_details(work, identity, account, replace(account.details, **changes.details), address=address)
    if password_hash is not None:
        users.set_password(work, identity, account, password_hash, address=address)
    return get_stored_user(work, user_id)


def _record_client_key(work: UnitOfWork, identity: Identity, user_id: int, address: str | None) -> None:
    record(work, identity, LogKind.USER_GENERATE_CLIENT_KEY, namespace_id=user_id, address=address)


async def sign_out(services: AccessServices, identity: Identity, *, address: str | None) -> None:
    """End every session of the user; nothing happens for a caller that is none."""
    if identity.user_id is not None:
        await services.database.write(users.end_sessions, identity, identity.user_id, address=address)
