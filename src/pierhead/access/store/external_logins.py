"""Queries of who is who in a sign-in back end."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from pierhead.access.model.external import ExternalLogin
from pierhead.access.tables import external_login
from pierhead.accounts.model.accounts import AccountKind
from pierhead.accounts.tables import account
from pierhead.platform.database import upsert

# Rows of deleted accounts stay until a job removes them, and lead nowhere meanwhile.
_SELECT = (
    select(
        external_login.c.id,
        external_login.c.user_id,
        external_login.c.service,
        external_login.c.subject,
        external_login.c.username,
        external_login.c.email,
    )
    .join(account, account.c.id == external_login.c.user_id)
    .where(account.c.kind == AccountKind.USER)
)
_BY_SUBJECT = _SELECT.where(external_login.c.service == bindparam("service"), external_login.c.subject == bindparam("subject"))
_BY_SUBJECTS = _SELECT.where(
    external_login.c.service == bindparam("service"), external_login.c.subject.in_(bindparam("subjects", expanding=True))
)
_BY_EMAIL = _SELECT.where(external_login.c.service == bindparam("service"), external_login.c.email == bindparam("email")).limit(2)
_OF_USER = _SELECT.where(external_login.c.user_id == bindparam("user_id")).order_by(external_login.c.service)
_FORGET_DELETED = delete(external_login).where(
    external_login.c.service == bindparam("of_service"),
    external_login.c.subject == bindparam("of_subject"),
    external_login.c.user_id.in_(select(account.c.id).where(account.c.kind != AccountKind.USER)),
)
_ADD = upsert(external_login).on_conflict_do_nothing().returning(external_login.c.id)
_CHANGE = (
    update(external_login)
    .where(external_login.c.id == bindparam("login_id"))
    .values(username=bindparam("new_username"), email=bindparam("new_email"))
)
_DELETE = delete(external_login).where(external_login.c.id == bindparam("login_id"))


def find_by_subject(connection: Connection, service: str, subject: str) -> ExternalLogin | None:
    row = connection.execute(_BY_SUBJECT, {"service": service, "subject": subject}).first()
    return None if row is None else ExternalLogin(*row)


def find_by_subjects(connection: Connection, service: str, subjects: Sequence[str]) -> list[ExternalLogin]:
    """Those of the subjects that have an account here."""
    return [ExternalLogin(*row) for row in connection.execute(_BY_SUBJECTS, {"service": service, "subjects": list(subjects)})]


def find_by_email(connection: Connection, service: str, email: str) -> ExternalLogin | None:
    """The only one with this address; None when several have it."""
    rows = connection.execute(_BY_EMAIL, {"service": service, "email": email}).all()
    return ExternalLogin(*rows[0]) if len(rows) == 1 else None


def list_of_user(connection: Connection, user_id: int) -> list[ExternalLogin]:
    """By the name of the service."""
    return [ExternalLogin(*row) for row in connection.execute(_OF_USER, {"user_id": user_id})]


def add(
    connection: Connection, user_id: int, service: str, subject: str, username: str | None, email: str | None, created_at: datetime
) -> bool:
    """Link a user; False when the subject or the user is linked already."""
    connection.execute(_FORGET_DELETED, {"of_service": service, "of_subject": subject})
    values = {"user_id": user_id, "service": service, "subject": subject, "username": username, "email": email, "created_at": created_at}
    return connection.execute(_ADD, values).first() is not None


def change(connection: Connection, login_id: int, username: str | None, email: str | None) -> None:
    connection.execute(_CHANGE, {"login_id": login_id, "new_username": username, "new_email": email})


def delete_login(connection: Connection, login_id: int) -> None:
    connection.execute(_DELETE, {"login_id": login_id})
