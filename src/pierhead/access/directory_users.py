"""Accounts whose passwords a directory keeps."""

from dataclasses import replace

from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.external import ExternalLogin, PasswordElsewhere
from pierhead.access.store import credentials, external_logins
from pierhead.accounts.model.names import is_storable
from pierhead.platform.database import UnitOfWork


def find_directory_user(work: UnitOfWork, service: str, username: str) -> StoredUser | None:
    """The account of the person whom the directory calls so, or who has this e-mail address there, if that person has been here."""
    if not is_storable(username):
        return None
    name = username.lower()
    login = external_logins.find_by_subject(work.connection, service, name)
    if login is None and "@" in name:
        login = external_logins.find_by_email(work.connection, service, name)
    user = None if login is None else credentials.find_user_by_id(work.connection, login.user_id)
    return None if user is None else without_password(user)


def find_directory_login(work: UnitOfWork, service: str, user_id: int) -> ExternalLogin | None:
    """Who the account's owner is in the directory."""
    return next((login for login in external_logins.list_of_user(work.connection, user_id) if login.service == service), None)


def require_own_password(work: UnitOfWork, service: str | None, user_id: int) -> None:
    """Raises PasswordElsewhere when the directory keeps the password; `service` is None where there is no directory."""
    if service is not None and find_directory_login(work, service, user_id) is not None:
        raise PasswordElsewhere


def without_password(user: StoredUser) -> StoredUser:
    """The directory's word alone counts for its people: a password that the account had before opens nothing."""
    return replace(user, password_hash=None)
