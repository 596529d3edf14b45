"""Let somebody in whom a sign-in back end vouches for: find the account that is attached, or create one."""

from pierhead.access.follow_groups import follow_groups_of
from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.external import (
    LONGEST_SUBJECT,
    ExternalLogin,
    ExternalUser,
    FirstSignIn,
    LastLogin,
    LinkRule,
    LoginNotLinked,
    LoginTaken,
    SignInFailed,
    list_possible_names,
)
from pierhead.access.model.identity import ANONYMOUS, Identity
from pierhead.access.store import external_logins
from pierhead.access.stored_users import get_stored_user
from pierhead.accounts import users
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.errors import InvalidEmail, NameTaken
from pierhead.accounts.model.names import is_storable, parse_email
from pierhead.audit.model import SYSTEM, LogKind
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork


def sign_in_external(work: UnitOfWork, user: ExternalUser, rule: FirstSignIn, *, address: str | None = None) -> StoredUser:
    """The account of the user, whom the back end has just vouched for, with what the back end says of it.

    An account that is there already is taken over only by the rule. Raises LoginNotLinked, and SignInFailed for a subject that cannot be kept.
    """
    if not user.subject or len(user.subject) > LONGEST_SUBJECT or not is_storable(user.subject):
        raise SignInFailed("The identity provider calls you by a name that cannot be kept.")
    login = external_logins.find_by_subject(work.connection, user.service, user.subject)
    if login is None:
        # Clients send several requests at once, the first time too: whoever comes second finds the account of the first.
        users.lock_accounts(work)
        login = external_logins.find_by_subject(work.connection, user.service, user.subject)
    if login is None:
        account = _find_existing(work, user, rule.link) or _create(work, user, rule, address)
        _add_login(work, account, user)
    else:
        account = users.get_account(work, login.user_id)
        _refresh(work, login, user)
    if user.is_superuser is not None and user.is_superuser != account.is_superuser:
        users.set_superuser(work, SYSTEM, account, user.is_superuser, address=address)
    if user.groups is not None:
        follow_groups_of(work, account, user.service, user.groups)
    return get_stored_user(work, account.id)


def attach_login(work: UnitOfWork, identity: Identity, user_id: int, user: ExternalUser, *, address: str | None) -> None:
    """From now on the account may be entered by this sign-in too. Raises LoginTaken; attaching again changes nothing."""
    account = users.get_account(work, user_id)
    login = external_logins.find_by_subject(work.connection, user.service, user.subject)
    if login is not None and login.user_id == user_id:
        return
    _add_login(work, account, user)
    if user.groups is not None:
        follow_groups_of(work, account, user.service, user.groups)
    record(work, identity, LogKind.USER_CHANGE_METADATA, namespace_id=user_id, address=address, attached_login=user.service)


def detach_login(work: UnitOfWork, identity: Identity, user_id: int, service: str, *, address: str | None) -> None:
    """The account cannot be entered by this service any more. Raises LastLogin; a service that is not attached changes nothing."""
    logins = external_logins.list_of_user(work.connection, user_id)
    found = next((login for login in logins if login.service == service), None)
    if found is None:
        return
    if len(logins) == 1 and not users.get_account(work, user_id).has_password:
        raise LastLogin
    external_logins.delete_login(work.connection, found.id)
    record(work, identity, LogKind.USER_CHANGE_METADATA, namespace_id=user_id, address=address, detached_login=service)


def list_logins(work: UnitOfWork, user_id: int) -> list[ExternalLogin]:
    """The sign-ins that are attached to the account, by service."""
    return external_logins.list_of_user(work.connection, user_id)


def _find_existing(work: UnitOfWork, user: ExternalUser, rule: LinkRule) -> Account | None:
    found: Account | None = None
    if rule is LinkRule.EMAIL and user.email and user.is_email_verified:
        found = users.find_by_email(work, user.email)
    elif rule is LinkRule.NAME and user.username:
        found = users.find_namespace(work, user.username)
    return None if found is None or found.is_organization else found


def _create(work: UnitOfWork, user: ExternalUser, rule: FirstSignIn, address: str | None) -> Account:
    if not rule.creates_users:
        raise LoginNotLinked
    email = _clean_email(user.email)
    if email is not None and users.find_by_email(work, email) is not None:
        # The address stays with whoever has it; the new account does without.
        email = None
    for name in list_possible_names(user):
        try:
            created = users.create_user(work, ANONYMOUS, name, email, None, address=address)
        except NameTaken:
            continue
        if user.username is None or name != user.username.lower():
            users.ask_for_name(work, created)
        return created
    raise LoginNotLinked("No free name was found for a new account. Please ask the administrator for one.")


def _add_login(work: UnitOfWork, account: Account, user: ExternalUser) -> None:
    username, email = _shorten(user.username), _clean_email(user.email)
    if not external_logins.add(work.connection, account.id, user.service, user.subject, username, email, work.now):
        raise LoginTaken


def _refresh(work: UnitOfWork, login: ExternalLogin, user: ExternalUser) -> None:
    username, email = _shorten(user.username) or login.username, _clean_email(user.email) or login.email
    if (username, email) != (login.username, login.email):
        external_logins.change(work.connection, login.id, username, email)


def _clean_email(text: str | None) -> str | None:
    try:
        return parse_email(text) if text else None
    except InvalidEmail:
        return None


def _shorten(text: str | None) -> str | None:
    return text[:LONGEST_SUBJECT] if text and is_storable(text) else None
