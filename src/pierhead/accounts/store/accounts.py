"""Queries of users and organizations."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, literal, select, text, true, update

from pierhead.accounts.model.accounts import Account, AccountKind, Details
from pierhead.accounts.tables import account, deleted_account
from pierhead.platform.database import upsert

ACCOUNT_COLUMNS = (
    account.c.id,
    account.c.uuid,
    account.c.kind,
    account.c.name,
    account.c.email,
    account.c.password_hash.is_not(None).label("has_password"),
    account.c.is_enabled,
    account.c.is_verified,
    account.c.is_superuser,
    account.c.tag_window_seconds,
    account.c.session_generation,
    account.c.created_at,
    account.c.given_name,
    account.c.family_name,
    account.c.company,
    account.c.location,
    account.c.contact_email,
    account.c.invoice_email_address,
    account.c.sends_invoices,
    account.c.must_confirm_name,
)
_SELECT = select(*ACCOUNT_COLUMNS)
_BY_NAME = _SELECT.where(account.c.name == bindparam("name"))
_BY_ID = _SELECT.where(account.c.id == bindparam("account_id"), account.c.kind != AccountKind.DELETED)
_BY_EMAIL = _SELECT.where(account.c.email == bindparam("email"))
_USERS = _SELECT.where(account.c.kind == AccountKind.USER).order_by(account.c.name)
_ANY = select(exists().where(account.c.id.is_not(None)))
_NAME_TAKEN = select(exists().where(account.c.name == bindparam("name")))
_EMAIL_TAKEN = select(exists().where(account.c.email == bindparam("email")))
_LOCK = text("LOCK TABLE account IN SHARE ROW EXCLUSIVE MODE")
# Conflicts are found by the database itself, so that two processes cannot both take a name.
_ADD = upsert(account).on_conflict_do_nothing().returning(account.c.id)
# PostgreSQL's sequence never gives an id twice; SQLite would.
_LAST_ID = select(
    func.max(
        func.coalesce(select(func.max(account.c.id)).scalar_subquery(), literal(0)),
        func.coalesce(select(func.max(deleted_account.c.id)).scalar_subquery(), literal(0)),
    )
)
# Others may go on to refer to the row; two changes of who administers it may not run at once. SQLite has one writer anyway.
_LOCK_ONE = select(account.c.id).where(account.c.id == bindparam("account_id")).with_for_update(key_share=True)
_SET_DETAILS = (
    update(account)
    .where(account.c.id == bindparam("account_id"))
    .values(
        given_name=bindparam("new_given_name"),
        family_name=bindparam("new_family_name"),
        company=bindparam("new_company"),
        location=bindparam("new_location"),
        contact_email=bindparam("new_contact_email"),
        invoice_email_address=bindparam("new_invoice_email_address"),
        sends_invoices=bindparam("new_sends_invoices"),
    )
)
_SET_PASSWORD = (
    update(account)
    .where(account.c.id == bindparam("account_id"))
    .values(password_hash=bindparam("new_hash"), session_generation=account.c.session_generation + 1)
)
_SET_EMAIL = update(account).where(account.c.id == bindparam("account_id")).values(email=bindparam("new_email"))
_SET_VERIFIED = update(account).where(account.c.id == bindparam("account_id")).values(is_verified=bindparam("verified"))
_SET_ENABLED = update(account).where(account.c.id == bindparam("account_id")).values(is_enabled=bindparam("enabled"))
_ASK_FOR_NAME = update(account).where(account.c.id == bindparam("account_id")).values(must_confirm_name=true())
_SET_SUPERUSER = update(account).where(account.c.id == bindparam("account_id")).values(is_superuser=bindparam("superuser"))
_SET_TAG_WINDOW = update(account).where(account.c.id == bindparam("account_id")).values(tag_window_seconds=bindparam("seconds"))
_END_SESSIONS = update(account).where(account.c.id == bindparam("account_id")).values(session_generation=account.c.session_generation + 1)
_SET_SEEN = update(account).where(account.c.id == bindparam("account_id")).values(last_seen_at=bindparam("moment"))


def read_account(row: Row[Any]) -> Account:
    """The account in a row of ACCOUNT_COLUMNS."""
    return Account(
        id=row.id,
        uuid=row.uuid,
        kind=AccountKind(row.kind),
        name=row.name,
        email=row.email,
        has_password=bool(row.has_password),
        is_enabled=row.is_enabled,
        is_verified=row.is_verified,
        is_superuser=row.is_superuser,
        tag_window_seconds=row.tag_window_seconds,
        session_generation=row.session_generation,
        created_at=row.created_at,
        details=Details(
            given_name=row.given_name,
            family_name=row.family_name,
            company=row.company,
            location=row.location,
            contact_email=row.contact_email,
            invoice_email_address=row.invoice_email_address,
            sends_invoices=row.sends_invoices,
        ),
        must_confirm_name=row.must_confirm_name,
    )


def find_by_name(connection: Connection, name: str) -> Account | None:
    row = connection.execute(_BY_NAME, {"name": name}).first()
    return None if row is None else read_account(row)


def find_by_id(connection: Connection, account_id: int) -> Account | None:
    row = connection.execute(_BY_ID, {"account_id": account_id}).first()
    return None if row is None else read_account(row)


def find_by_email(connection: Connection, email: str) -> Account | None:
    """The user or organization that has the address, in small letters."""
    row = connection.execute(_BY_EMAIL, {"email": email}).first()
    return None if row is None else read_account(row)


def list_users(connection: Connection) -> list[Account]:
    """Every user, by name."""
    return [read_account(row) for row in connection.execute(_USERS)]


def is_empty(connection: Connection) -> bool:
    """Whether there is no account at all."""
    return not connection.execute(_ANY).scalar_one()


def lock(connection: Connection) -> None:
    """Let nobody else write accounts until the transaction ends. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK)


def is_name_taken(connection: Connection, name: str) -> bool:
    return bool(connection.execute(_NAME_TAKEN, {"name": name}).scalar_one())


def is_email_taken(connection: Connection, email: str) -> bool:
    return bool(connection.execute(_EMAIL_TAKEN, {"email": email}).scalar_one())


def add(
    connection: Connection,
    *,
    uuid: str,
    kind: AccountKind,
    name: str,
    email: str | None,
    password_hash: str | None,
    is_superuser: bool,
    is_verified: bool,
    created_at: datetime,
) -> int | None:
    """The id of the new account, or None when its name or e-mail address is taken."""
    values: dict[str, Any] = {
        "uuid": uuid,
        "kind": kind,
        "name": name,
        "email": email,
        "password_hash": password_hash,
        "is_enabled": True,
        "is_verified": is_verified,
        "is_superuser": is_superuser,
        "created_at": created_at,
    }
    if connection.dialect.name == "sqlite":
        values["id"] = connection.execute(_LAST_ID).scalar_one() + 1
    row = connection.execute(_ADD, values).first()
    return None if row is None else row.id


def set_password_hash(connection: Connection, account_id: int, password_hash: str) -> None:
    """Also ends every session of the user."""
    connection.execute(_SET_PASSWORD, {"account_id": account_id, "new_hash": password_hash})


def set_email(connection: Connection, account_id: int, email: str | None) -> None:
    connection.execute(_SET_EMAIL, {"account_id": account_id, "new_email": email})


def set_verified(connection: Connection, account_id: int) -> None:
    """The user has shown that the e-mail address is its own."""
    connection.execute(_SET_VERIFIED, {"account_id": account_id, "verified": True})


def set_enabled(connection: Connection, account_id: int, enabled: bool) -> None:
    connection.execute(_SET_ENABLED, {"account_id": account_id, "enabled": enabled})


def ask_for_name(connection: Connection, account_id: int) -> None:
    connection.execute(_ASK_FOR_NAME, {"account_id": account_id})


def set_superuser(connection: Connection, account_id: int, superuser: bool) -> None:
    connection.execute(_SET_SUPERUSER, {"account_id": account_id, "superuser": superuser})


def set_tag_window(connection: Connection, account_id: int, seconds: int) -> None:
    connection.execute(_SET_TAG_WINDOW, {"account_id": account_id, "seconds": seconds})


def end_sessions(connection: Connection, account_id: int) -> None:
    connection.execute(_END_SESSIONS, {"account_id": account_id})


def set_seen(connection: Connection, account_id: int, moment: datetime) -> None:
    connection.execute(_SET_SEEN, {"account_id": account_id, "moment": moment})


def set_details(connection: Connection, account_id: int, details: Details) -> None:
    connection.execute(_SET_DETAILS, {"account_id": account_id, **{f"new_{name}": value for name, value in asdict(details).items()}})


def lock_one(connection: Connection, account_id: int) -> None:
    """Let nobody else change this account until the transaction ends."""
    connection.execute(_LOCK_ONE, {"account_id": account_id})
