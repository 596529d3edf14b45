"""Queries of OAuth applications."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from pierhead.access.model.oauth import ApplicationFields, OAuthApplication
from pierhead.access.tables import oauth_application
from pierhead.accounts.model.accounts import AccountKind
from pierhead.accounts.tables import account

COLUMNS = (
    oauth_application.c.id,
    oauth_application.c.client_id,
    oauth_application.c.namespace_id,
    account.c.name.label("namespace"),
    oauth_application.c.name,
    oauth_application.c.description,
    oauth_application.c.application_uri,
    oauth_application.c.redirect_uri,
    oauth_application.c.avatar_email,
    oauth_application.c.secret_sealed,
)
"""What an `OAuthApplication` is made of; the namespace's row must be joined."""

IS_LIVING = account.c.kind != AccountKind.DELETED

_SELECT = select(*COLUMNS).join(account, account.c.id == oauth_application.c.namespace_id).where(IS_LIVING)
_OF_NAMESPACE = _SELECT.where(oauth_application.c.namespace_id == bindparam("namespace_id")).order_by(oauth_application.c.id)
_BY_CLIENT_ID = _SELECT.where(oauth_application.c.client_id == bindparam("client_id"))
_ADD = insert(oauth_application)
_CHANGE = (
    update(oauth_application)
    .where(oauth_application.c.id == bindparam("application_id"))
    .values({name: bindparam(name) for name in ("name", "application_uri", "redirect_uri", "description", "avatar_email")})
)
_SET_SECRET = (
    update(oauth_application).where(oauth_application.c.id == bindparam("application_id")).values(secret_sealed=bindparam("secret_sealed"))
)
_DELETE = delete(oauth_application).where(oauth_application.c.id == bindparam("application_id"))


def read_application(row: Sequence[Any]) -> OAuthApplication:
    """What a row of `COLUMNS` says."""
    return OAuthApplication(*row)


def list_of_namespace(connection: Connection, namespace_id: int) -> list[OAuthApplication]:
    """Oldest first."""
    return [read_application(row) for row in connection.execute(_OF_NAMESPACE, {"namespace_id": namespace_id})]


def find(connection: Connection, client_id: str) -> OAuthApplication | None:
    row = connection.execute(_BY_CLIENT_ID, {"client_id": client_id}).first()
    return None if row is None else read_application(row)


def add(
    connection: Connection, fields: ApplicationFields, *, client_id: str, namespace_id: int, secret_sealed: bytes, created_at: datetime
) -> None:
    own = {"client_id": client_id, "namespace_id": namespace_id, "secret_sealed": secret_sealed, "created_at": created_at}
    connection.execute(_ADD, {**_values(fields), **own})


def change(connection: Connection, application_id: int, fields: ApplicationFields) -> None:
    connection.execute(_CHANGE, {**_values(fields), "application_id": application_id})


def set_secret(connection: Connection, application_id: int, secret_sealed: bytes) -> None:
    connection.execute(_SET_SECRET, {"application_id": application_id, "secret_sealed": secret_sealed})


def delete_application(connection: Connection, application_id: int) -> None:
    """Its tokens, codes and assignments go with it."""
    connection.execute(_DELETE, {"application_id": application_id})


def _values(fields: ApplicationFields) -> dict[str, str | None]:
    return {
        "name": fields.name,
        "application_uri": fields.application_uri,
        "redirect_uri": fields.redirect_uri,
        "description": fields.description,
        "avatar_email": fields.avatar_email,
    }
