"""Create users, the first of them, and change what belongs to a user.

These verbs do not ask for a right: whoever calls them has checked the caller (`access.manage_*`), or is the command line.
"""

import uuid

from pierhead.accounts.freed_names import find_taker, require_untainted
from pierhead.accounts.mailed_codes import forget_codes
from pierhead.accounts.model.accounts import Account, AccountKind, Details
from pierhead.accounts.model.errors import AccountNotFound, AlreadyInitialized, EmailTaken, InvalidTagWindow, NameTaken
from pierhead.accounts.model.names import MAXIMUM_TAG_WINDOW_SECONDS, is_name, parse_detail, parse_email, parse_namespace_name
from pierhead.accounts.store import accounts
from pierhead.audit.model import LogKind, Performer
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork


def add_account(
    work: UnitOfWork,
    kind: AccountKind,
    name: str,
    email: str | None,
    *,
    password_hash: str | None = None,
    is_superuser: bool = False,
    is_verified: bool = True,
    taker: str | None = None,
) -> Account:
    """A new row of either kind; the name has been checked. Raises NameTaken and EmailTaken.

    A name that became free a short time ago may be taken by `taker` only, who freed it, or by the server itself (None).
    """
    require_untainted(work, name, taker)
    account_id = accounts.add(
        work.connection,
        uuid=str(uuid.uuid4()),
        kind=kind,
        name=name,
        email=email,
        password_hash=password_hash,
        is_superuser=is_superuser,
        is_verified=is_verified,
        created_at=work.now,
    )
    if account_id is None:
        if email is not None and not accounts.is_name_taken(work.connection, name):
            raise EmailTaken(email)
        raise NameTaken(name)
    return get_account(work, account_id)


def create_user(
    work: UnitOfWork,
    performer: Performer,
    name: str,
    email: str | None,
    password_hash: str | None,
    *,
    is_superuser: bool = False,
    is_verified: bool = True,
    address: str | None = None,
) -> Account:
    """Raises InvalidName, ReservedName, InvalidEmail, NameTaken and EmailTaken. The password was checked and hashed before."""
    parse_namespace_name(name, "user")
    checked_email = parse_email(email) if email else None
    created = add_account(
        work,
        AccountKind.USER,
        name,
        checked_email,
        password_hash=password_hash,
        is_superuser=is_superuser,
        is_verified=is_verified,
        taker=find_taker(performer),
    )
    record(
        work,
        performer,
        LogKind.USER_CREATE,
        namespace_id=created.id,
        address=address,
        username=name,
        email=checked_email,
        superuser=is_superuser,
    )
    return created


def initialize_first_user(
    work: UnitOfWork, performer: Performer, name: str, email: str | None, password_hash: str, *, address: str | None = None
) -> Account:
    """Create the first superuser. Raises AlreadyInitialized when there is any account; of several callers at once one wins."""
    accounts.lock(work.connection)
    require_no_account(work)
    return create_user(work, performer, name, email, password_hash, is_superuser=True, address=address)


def is_empty(work: UnitOfWork) -> bool:
    """Whether there is no account yet."""
    return accounts.is_empty(work.connection)


def require_no_account(work: UnitOfWork) -> None:
    """Raises AlreadyInitialized when there is any account."""
    if not is_empty(work):
        raise AlreadyInitialized


def find_namespace(work: UnitOfWork, name: str) -> Account | None:
    """The user or organization of this name; any text may be asked for."""
    return accounts.find_by_name(work.connection, name) if is_name(name) else None


def get_namespace(work: UnitOfWork, name: str) -> Account:
    """As `find_namespace`. Raises AccountNotFound."""
    found = find_namespace(work, name)
    if found is None:
        raise AccountNotFound
    return found


def get_user(work: UnitOfWork, name: str) -> Account:
    """Raises AccountNotFound, for an organization as well."""
    found = get_namespace(work, name)
    if found.is_organization:
        raise AccountNotFound
    return found


def get_account(work: UnitOfWork, account_id: int) -> Account:
    """Raises AccountNotFound."""
    found = accounts.find_by_id(work.connection, account_id)
    if found is None:
        raise AccountNotFound
    return found


def lock_accounts(work: UnitOfWork) -> None:
    """Let nobody else make or change accounts until the transaction ends."""
    accounts.lock(work.connection)


def ask_for_name(work: UnitOfWork, user: Account) -> None:
    """The name was made up: its owner is asked to confirm it or to choose another."""
    accounts.ask_for_name(work.connection, user.id)


def find_account(work: UnitOfWork, account_id: int) -> Account | None:
    """The user or organization, if it is still there."""
    return accounts.find_by_id(work.connection, account_id)


def list_users(work: UnitOfWork) -> list[Account]:
    """Every user, by name."""
    return accounts.list_users(work.connection)


def set_password(work: UnitOfWork, performer: Performer, user: Account, password_hash: str, *, address: str | None = None) -> None:
    """Store the new hash; every session, remembered credential and encrypted password of the user ends."""
    accounts.set_password_hash(work.connection, user.id, password_hash)
    forget_codes(work, user.id)
    record(work, performer, LogKind.ACCOUNT_CHANGE_PASSWORD, namespace_id=user.id, address=address)


def set_email(work: UnitOfWork, performer: Performer, account: Account, email: str, *, address: str | None = None) -> None:
    """Of a user or an organization; an organization may do without one. Raises InvalidEmail and EmailTaken."""
    checked = parse_email(email) if email or not account.is_organization else None
    if checked == account.email:
        return
    if checked is not None and accounts.is_email_taken(work.connection, checked):
        raise EmailTaken(checked)
    accounts.set_email(work.connection, account.id, checked)
    forget_codes(work, account.id)
    kind = LogKind.ORG_CHANGE_EMAIL if account.is_organization else LogKind.USER_CHANGE_EMAIL
    record(work, performer, kind, namespace_id=account.id, address=address, old_email=account.email, email=checked)


def require_free_email(work: UnitOfWork, account: Account, email: str) -> str:
    """The address in small letters, when the account may get it. Raises InvalidEmail and EmailTaken."""
    checked = parse_email(email)
    if checked != account.email and accounts.is_email_taken(work.connection, checked):
        raise EmailTaken(checked)
    return checked


def set_verified(work: UnitOfWork, user: Account) -> None:
    """The user has followed a link in a mail, so that the address is its own."""
    accounts.set_verified(work.connection, user.id)


def find_by_email(work: UnitOfWork, email: str) -> Account | None:
    """The user or organization that has the address; any text may be asked for."""
    return accounts.find_by_email(work.connection, email.lower()) if email.isprintable() else None


def set_tag_window(work: UnitOfWork, performer: Performer, account: Account, seconds: int, *, address: str | None = None) -> None:
    """How far the time machine of the account's namespace reaches. Raises InvalidTagWindow."""
    if not 0 <= seconds <= MAXIMUM_TAG_WINDOW_SECONDS:
        raise InvalidTagWindow
    accounts.set_tag_window(work.connection, account.id, seconds)
    kind = LogKind.ORG_CHANGE_TAG_EXPIRATION if account.is_organization else LogKind.USER_CHANGE_TAG_EXPIRATION
    record(work, performer, kind, namespace_id=account.id, address=address, tag_expiration=seconds)


def set_details(work: UnitOfWork, performer: Performer, account: Account, details: Details, *, address: str | None = None) -> None:
    """Replace what is told about a user or an organization. Raises InvalidDetail and InvalidEmail."""
    old, new = account.details, _parse_details(details)
    if new == old:
        return
    accounts.set_details(work.connection, account.id, new)
    if (new.sends_invoices, new.invoice_email_address) != (old.sends_invoices, old.invoice_email_address):
        kind = LogKind.ORG_CHANGE_INVOICING if account.is_organization else LogKind.USER_CHANGE_INVOICING
        record(
            work,
            performer,
            kind,
            namespace_id=account.id,
            address=address,
            invoice_email=new.sends_invoices,
            invoice_email_address=new.invoice_email_address,
        )
    if new.contact_email != old.contact_email:
        record(work, performer, LogKind.ORG_CHANGE_EMAIL, namespace_id=account.id, address=address, contact_email=new.contact_email or "")
    if _person(new) != _person(old):
        record(work, performer, LogKind.USER_CHANGE_METADATA, namespace_id=account.id, address=address)


def _parse_details(details: Details) -> Details:
    return Details(
        given_name=parse_detail("given name", details.given_name),
        family_name=parse_detail("family name", details.family_name),
        company=parse_detail("company", details.company),
        location=parse_detail("location", details.location),
        contact_email=parse_email(details.contact_email) if details.contact_email else None,
        invoice_email_address=parse_email(details.invoice_email_address) if details.invoice_email_address else None,
        sends_invoices=details.sends_invoices,
    )


def _person(details: Details) -> tuple[str | None, ...]:
    return (details.given_name, details.family_name, details.company, details.location)


def set_enabled(work: UnitOfWork, performer: Performer, user: Account, enabled: bool, *, address: str | None = None) -> None:
    """A disabled user's credentials, tokens and robots are refused from now on; `/v2` tokens that are out hold until they expire."""
    accounts.set_enabled(work.connection, user.id, enabled)
    kind = LogKind.USER_ENABLE if enabled else LogKind.USER_DISABLE
    record(work, performer, kind, namespace_id=user.id, address=address, username=user.name, superuser=user.is_superuser)


def set_superuser(work: UnitOfWork, performer: Performer, user: Account, superuser: bool, *, address: str | None = None) -> None:
    """Make the user a superuser, or a user like any other from now on."""
    accounts.set_superuser(work.connection, user.id, superuser)
    record(work, performer, LogKind.USER_CHANGE_METADATA, namespace_id=user.id, address=address, username=user.name, superuser=superuser)


def end_sessions(work: UnitOfWork, performer: Performer, user_id: int, *, address: str | None = None) -> None:
    """Sign the user out everywhere."""
    accounts.end_sessions(work.connection, user_id)
    record(work, performer, LogKind.LOGOUT_SUCCESS, namespace_id=user_id, address=address)
