"""Queries of application tokens."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from pierhead.access.model.application_tokens import ApplicationToken
from pierhead.access.tables import application_token
from pierhead.accounts.tables import account

_COLUMNS = (
    application_token.c.id,
    application_token.c.uuid,
    application_token.c.title,
    application_token.c.code_sealed,
    application_token.c.created_at,
    application_token.c.expires_at,
    application_token.c.last_used_at,
)
_SELECT = select(*_COLUMNS).where(application_token.c.user_id == bindparam("user_id"))
_ALL = (
    select(*_COLUMNS, account.c.name)
    .join(account, account.c.id == application_token.c.user_id)
    .where(application_token.c.id > bindparam("after"))
    .order_by(application_token.c.id)
    .limit(bindparam("limit"))
)
_OF_USER = _SELECT.order_by(application_token.c.id)
_BY_UUID = _SELECT.where(application_token.c.uuid == bindparam("uuid"))
_ADD = insert(application_token)
_DELETE = delete(application_token).where(application_token.c.id == bindparam("token_id"))


def list_of_user(connection: Connection, user_id: int) -> list[ApplicationToken]:
    """Every token of the user, oldest first."""
    return [ApplicationToken(*row) for row in connection.execute(_OF_USER, {"user_id": user_id})]


def list_all(connection: Connection, *, after: int, limit: int) -> list[tuple[ApplicationToken, str]]:
    """Tokens of all users beyond a row, each with its owner's name."""
    return [(ApplicationToken(*row[:-1]), row[-1]) for row in connection.execute(_ALL, {"after": after, "limit": limit})]


def find(connection: Connection, user_id: int, uuid: str) -> ApplicationToken | None:
    row = connection.execute(_BY_UUID, {"user_id": user_id, "uuid": uuid}).first()
    return None if row is None else ApplicationToken(*row)


def add(
    connection: Connection,
    *,
    uuid: str,
    user_id: int,
    title: str,
    code_sha256: bytes,
    code_sealed: bytes,
    created_at: datetime,
    expires_at: datetime | None,
) -> None:
    connection.execute(
        _ADD,
        {
            "uuid": uuid,
            "user_id": user_id,
            "title": title,
            "code_sha256": code_sha256,
            "code_sealed": code_sealed,
            "created_at": created_at,
            "expires_at": expires_at,
        },
    )


def delete_token(connection: Connection, token_id: int) -> None:
    connection.execute(_DELETE, {"token_id": token_id})
