"""Queries that turn credentials into the accounts behind them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from pierhead.access.model.credentials import StoredApplicationToken, StoredRobot, StoredUser
from pierhead.access.tables import application_token
from pierhead.accounts.model.accounts import AccountKind
from pierhead.accounts.tables import account, robot

_USER = select(
    account.c.id,
    account.c.uuid,
    account.c.name,
    account.c.email,
    account.c.password_hash,
    account.c.is_enabled,
    account.c.is_superuser,
    account.c.session_generation,
    account.c.last_seen_at,
    account.c.is_verified,
).where(account.c.kind == AccountKind.USER)
_USER_BY_NAME = _USER.where(account.c.name == bindparam("name"))
_USER_BY_EMAIL = _USER.where(account.c.email == bindparam("email"))
_USER_BY_UUID = _USER.where(account.c.uuid == bindparam("uuid"))
_USER_BY_ID = _USER.where(account.c.id == bindparam("user_id"))
_ROBOT = (
    select(
        robot.c.id,
        robot.c.name,
        robot.c.namespace_id,
        robot.c.token_sha256,
        account.c.is_enabled,
        robot.c.last_used_at,
        robot.c.token_expires_at,
        robot.c.previous_token_sha256,
        robot.c.previous_token_expires_at,
    )
    .join(account, account.c.id == robot.c.namespace_id)
    .where(robot.c.name == bindparam("name"))
)
_APPLICATION_TOKEN = (
    select(
        application_token.c.id,
        application_token.c.uuid,
        application_token.c.expires_at,
        application_token.c.last_used_at,
        account.c.id.label("user_id"),
        account.c.name.label("user_name"),
        account.c.is_enabled,
        account.c.is_superuser,
    )
    .join(account, account.c.id == application_token.c.user_id)
    .where(application_token.c.code_sha256 == bindparam("code_sha256"))
)
_TOUCH_USER = update(account).where(account.c.id == bindparam("row_id")).values(last_seen_at=bindparam("moment"))
_TOUCH_ROBOT = update(robot).where(robot.c.id == bindparam("row_id")).values(last_used_at=bindparam("moment"))
_TOUCH_TOKEN = update(application_token).where(application_token.c.id == bindparam("row_id")).values(last_used_at=bindparam("moment"))


def _user(row: Sequence[Any] | None) -> StoredUser | None:
    return None if row is None else StoredUser(*row)


def find_user_by_name(connection: Connection, name: str) -> StoredUser | None:
    return _user(connection.execute(_USER_BY_NAME, {"name": name}).first())


def find_user_by_email(connection: Connection, email: str) -> StoredUser | None:
    return _user(connection.execute(_USER_BY_EMAIL, {"email": email}).first())


def find_user_by_uuid(connection: Connection, uuid: str) -> StoredUser | None:
    return _user(connection.execute(_USER_BY_UUID, {"uuid": uuid}).first())


def find_user_by_id(connection: Connection, user_id: int) -> StoredUser | None:
    return _user(connection.execute(_USER_BY_ID, {"user_id": user_id}).first())


def find_robot(connection: Connection, name: str) -> StoredRobot | None:
    row = connection.execute(_ROBOT, {"name": name}).first()
    return None if row is None else StoredRobot(*row)


def find_application_token(connection: Connection, code_sha256: bytes) -> StoredApplicationToken | None:
    row = connection.execute(_APPLICATION_TOKEN, {"code_sha256": code_sha256}).first()
    return None if row is None else StoredApplicationToken(*row)


def touch_user(connection: Connection, user_id: int, moment: datetime) -> None:
    connection.execute(_TOUCH_USER, {"row_id": user_id, "moment": moment})


def touch_robot(connection: Connection, robot_id: int, moment: datetime) -> None:
    connection.execute(_TOUCH_ROBOT, {"row_id": robot_id, "moment": moment})


def touch_application_token(connection: Connection, token_id: int, moment: datetime) -> None:
    connection.execute(_TOUCH_TOKEN, {"row_id": token_id, "moment": moment})
