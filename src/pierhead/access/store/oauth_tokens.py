"""Queries of OAuth tokens, and of the codes that are exchanged for one."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from pierhead.access.model.oauth import Authorization, OAuthToken, StoredCode, StoredOAuthToken
from pierhead.access.store.oauth_applications import COLUMNS, IS_LIVING, read_application
from pierhead.access.tables import oauth_application, oauth_code, oauth_token
from pierhead.accounts.model.accounts import AccountKind
from pierhead.accounts.tables import account

# What was deleted stays for a while, until a job has removed everything under it; its tokens do not.
_owner = account.alias()
_TOKEN = select(
    oauth_token.c.id,
    oauth_token.c.uuid,
    oauth_token.c.name,
    oauth_token.c.scopes,
    oauth_token.c.created_at,
    oauth_token.c.expires_at,
    oauth_token.c.last_used_at,
    account.c.name.label("created_by"),
).join(account, account.c.id == oauth_token.c.user_id)
_OF_APPLICATION = (
    _TOKEN.where(oauth_token.c.application_id == bindparam("application_id"), oauth_token.c.id > bindparam("after_id"))
    .order_by(oauth_token.c.id)
    .limit(bindparam("maximum"))
)
_OF_APPLICATION_BY_UUID = _TOKEN.where(oauth_token.c.application_id == bindparam("application_id"), oauth_token.c.uuid == bindparam("uuid"))
_HELD = (
    select(
        oauth_token.c.id,
        oauth_token.c.uuid,
        oauth_token.c.scopes,
        oauth_token.c.expires_at,
        oauth_token.c.last_used_at,
        account.c.id.label("user_id"),
        account.c.name.label("user_name"),
        account.c.is_enabled,
        account.c.is_superuser,
    )
    .join(account, account.c.id == oauth_token.c.user_id)
    .join(oauth_application, oauth_application.c.id == oauth_token.c.application_id)
    .join(_owner, _owner.c.id == oauth_application.c.namespace_id)
    .where(account.c.kind == AccountKind.USER, _owner.c.kind != AccountKind.DELETED)
)
_BY_SECRET = _HELD.where(oauth_token.c.secret_sha256 == bindparam("secret_sha256"))
_BY_UUID = _HELD.where(oauth_token.c.uuid == bindparam("uuid"))
_AUTHORIZATIONS = (
    select(oauth_token.c.uuid, oauth_token.c.scopes, *COLUMNS)
    .select_from(oauth_token)
    .join(oauth_application, oauth_application.c.id == oauth_token.c.application_id)
    .join(account, account.c.id == oauth_application.c.namespace_id)
    .where(oauth_token.c.user_id == bindparam("user_id"), oauth_token.c.expires_at > bindparam("moment"), IS_LIVING)
)
_OF_USER = _AUTHORIZATIONS.order_by(oauth_token.c.id).limit(bindparam("maximum"))
_OF_USER_BY_UUID = _AUTHORIZATIONS.where(oauth_token.c.uuid == bindparam("uuid"))
_GRANTED = (
    select(oauth_token.c.scopes)
    .where(
        oauth_token.c.user_id == bindparam("user_id"),
        oauth_token.c.application_id == bindparam("application_id"),
        oauth_token.c.expires_at > bindparam("moment"),
    )
    .distinct()
)
_ADD = insert(oauth_token)
_TOUCH = update(oauth_token).where(oauth_token.c.id == bindparam("row_id")).values(last_used_at=bindparam("moment"))
_DELETE = delete(oauth_token).where(oauth_token.c.uuid == bindparam("of_uuid"))
_ADD_CODE = insert(oauth_code)
_CODE = (
    select(
        oauth_code.c.id,
        oauth_code.c.application_id,
        oauth_code.c.user_id,
        _owner.c.is_enabled,
        oauth_code.c.redirect_uri,
        oauth_code.c.scopes,
        oauth_code.c.challenge,
        oauth_code.c.expires_at,
    )
    .join(_owner, _owner.c.id == oauth_code.c.user_id)
    .where(oauth_code.c.code_sha256 == bindparam("code_sha256"), _owner.c.kind == AccountKind.USER)
)
_DELETE_CODE = delete(oauth_code).where(oauth_code.c.id == bindparam("code_id"))
_DELETE_OLD_CODES = delete(oauth_code).where(oauth_code.c.expires_at <= bindparam("moment"))


def list_of_application(connection: Connection, application_id: int, *, after_id: int, maximum: int) -> list[OAuthToken]:
    """Tokens beyond a row id, oldest first."""
    parameters = {"application_id": application_id, "after_id": after_id, "maximum": maximum}
    return [OAuthToken(*row) for row in connection.execute(_OF_APPLICATION, parameters)]


def find_of_application(connection: Connection, application_id: int, uuid: str) -> OAuthToken | None:
    row = connection.execute(_OF_APPLICATION_BY_UUID, {"application_id": application_id, "uuid": uuid}).first()
    return None if row is None else OAuthToken(*row)


def find_by_secret(connection: Connection, secret_sha256: bytes) -> StoredOAuthToken | None:
    row = connection.execute(_BY_SECRET, {"secret_sha256": secret_sha256}).first()
    return None if row is None else StoredOAuthToken(*row)


def find_by_uuid(connection: Connection, uuid: str) -> StoredOAuthToken | None:
    row = connection.execute(_BY_UUID, {"uuid": uuid}).first()
    return None if row is None else StoredOAuthToken(*row)


def list_authorizations(connection: Connection, user_id: int, moment: datetime, maximum: int) -> list[Authorization]:
    """Tokens that act as the user and still live, oldest first."""
    rows = connection.execute(_OF_USER, {"user_id": user_id, "moment": moment, "maximum": maximum})
    return [Authorization(row[0], row[1], read_application(row[2:])) for row in rows]


def find_authorization(connection: Connection, user_id: int, uuid: str, moment: datetime) -> Authorization | None:
    row = connection.execute(_OF_USER_BY_UUID, {"user_id": user_id, "uuid": uuid, "moment": moment}).first()
    return None if row is None else Authorization(row[0], row[1], read_application(row[2:]))


def list_granted(connection: Connection, application_id: int, user_id: int, moment: datetime) -> list[str]:
    """The scopes of each living token that the user gave the application."""
    rows = connection.execute(_GRANTED, {"application_id": application_id, "user_id": user_id, "moment": moment})
    return [row[0] for row in rows]


def add(
    connection: Connection,
    *,
    uuid: str,
    application_id: int,
    user_id: int,
    name: str | None,
    secret_sha256: bytes,
    scopes: str,
    created_at: datetime,
    expires_at: datetime,
) -> None:
    connection.execute(
        _ADD,
        {
            "uuid": uuid,
            "application_id": application_id,
            "user_id": user_id,
            "name": name,
            "secret_sha256": secret_sha256,
            "scopes": scopes,
            "created_at": created_at,
            "expires_at": expires_at,
        },
    )


def touch(connection: Connection, token_id: int, moment: datetime) -> None:
    connection.execute(_TOUCH, {"row_id": token_id, "moment": moment})


def delete_token(connection: Connection, uuid: str) -> None:
    connection.execute(_DELETE, {"of_uuid": uuid})


def add_code(
    connection: Connection,
    *,
    uuid: str,
    application_id: int,
    user_id: int,
    code_sha256: bytes,
    redirect_uri: str,
    scopes: str,
    challenge: str | None,
    expires_at: datetime,
) -> None:
    connection.execute(
        _ADD_CODE,
        {
            "uuid": uuid,
            "application_id": application_id,
            "user_id": user_id,
            "code_sha256": code_sha256,
            "redirect_uri": redirect_uri,
            "scopes": scopes,
            "challenge": challenge,
            "expires_at": expires_at,
        },
    )


def find_code(connection: Connection, code_sha256: bytes) -> StoredCode | None:
    row = connection.execute(_CODE, {"code_sha256": code_sha256}).first()
    return None if row is None else StoredCode(*row)


def take_code(connection: Connection, code_id: int) -> bool:
    """Use a code up; False when somebody else was first."""
    return connection.execute(_DELETE_CODE, {"code_id": code_id}).rowcount == 1


def delete_old_codes(connection: Connection, moment: datetime) -> None:
    """Remove codes that nobody came for in time."""
    connection.execute(_DELETE_OLD_CODES, {"moment": moment})
