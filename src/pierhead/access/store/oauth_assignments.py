"""Queries of rights to get a token that admins gave to users."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from pierhead.access.model.oauth import Authorization
from pierhead.access.store.oauth_applications import COLUMNS, IS_LIVING, read_application
from pierhead.access.tables import oauth_application, oauth_assignment
from pierhead.accounts.tables import account

_SELECT = (
    select(oauth_assignment.c.uuid, oauth_assignment.c.scopes, oauth_assignment.c.redirect_uri, oauth_assignment.c.response_type, *COLUMNS)
    .select_from(oauth_assignment)
    .join(oauth_application, oauth_application.c.id == oauth_assignment.c.application_id)
    .join(account, account.c.id == oauth_application.c.namespace_id)
    .where(oauth_assignment.c.user_id == bindparam("user_id"), IS_LIVING)
)
_OF_USER = _SELECT.order_by(oauth_assignment.c.id).limit(bindparam("maximum"))
_BY_UUID = _SELECT.where(oauth_assignment.c.uuid == bindparam("uuid"))
_ADD = insert(oauth_assignment)
_DELETE = delete(oauth_assignment).where(
    oauth_assignment.c.uuid == bindparam("of_uuid"), oauth_assignment.c.user_id == bindparam("of_user_id")
)


def list_of_user(connection: Connection, user_id: int, maximum: int) -> list[Authorization]:
    """Oldest first."""
    return [_read(row) for row in connection.execute(_OF_USER, {"user_id": user_id, "maximum": maximum})]


def find(connection: Connection, user_id: int, uuid: str) -> Authorization | None:
    row = connection.execute(_BY_UUID, {"user_id": user_id, "uuid": uuid}).first()
    return None if row is None else _read(row)


def add(
    connection: Connection,
    *,
    uuid: str,
    application_id: int,
    user_id: int,
    redirect_uri: str,
    scopes: str,
    response_type: str,
    created_at: datetime,
) -> None:
    connection.execute(
        _ADD,
        {
            "uuid": uuid,
            "application_id": application_id,
            "user_id": user_id,
            "redirect_uri": redirect_uri,
            "scopes": scopes,
            "response_type": response_type,
            "created_at": created_at,
        },
    )


def delete_assignment(connection: Connection, user_id: int, uuid: str) -> bool:
    """Whether it was there."""
    return connection.execute(_DELETE, {"of_uuid": uuid, "of_user_id": user_id}).rowcount == 1


def _read(row: Sequence[Any]) -> Authorization:
    return Authorization(row[0], row[1], read_application(row[4:]), redirect_uri=row[2], response_type=row[3])
