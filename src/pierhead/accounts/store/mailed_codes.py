"""Queries of mailed codes."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from pierhead.accounts.model.mailed_codes import CodePurpose, SpentCode
from pierhead.accounts.tables import mailed_code

_ADD = insert(mailed_code)
# One statement finds the code and takes it away, so that of two who follow the link at once one gets in.
_SPEND = (
    delete(mailed_code)
    .where(
        mailed_code.c.code_sha256 == bindparam("sha256"),
        mailed_code.c.purpose == bindparam("wanted"),
        mailed_code.c.expires_at > bindparam("now"),
    )
    .returning(mailed_code.c.user_id, mailed_code.c.new_email)
)
_FORGET = delete(mailed_code).where(mailed_code.c.user_id == bindparam("of_user"), mailed_code.c.purpose == bindparam("wanted"))
_FORGET_OLD = delete(mailed_code).where(mailed_code.c.expires_at <= bindparam("now"))
_NEWEST = select(func.max(mailed_code.c.created_at)).where(
    mailed_code.c.user_id == bindparam("of_user"), mailed_code.c.purpose == bindparam("wanted")
)


def add(
    connection: Connection,
    user_id: int,
    purpose: CodePurpose,
    *,
    code_sha256: bytes,
    new_email: str | None,
    created_at: datetime,
    expires_at: datetime,
) -> None:
    connection.execute(
        _ADD,
        {
            "user_id": user_id,
            "purpose": purpose,
            "code_sha256": code_sha256,
            "new_email": new_email,
            "created_at": created_at,
            "expires_at": expires_at,
        },
    )


def spend(connection: Connection, code_sha256: bytes, purpose: CodePurpose, now: datetime) -> SpentCode | None:
    """What the code stood for; nobody can use it any more."""
    row = connection.execute(_SPEND, {"sha256": code_sha256, "wanted": purpose, "now": now}).first()
    return None if row is None else SpentCode(row.user_id, row.new_email)


def forget(connection: Connection, user_id: int, purpose: CodePurpose) -> None:
    """Every code of the user for this purpose."""
    connection.execute(_FORGET, {"of_user": user_id, "wanted": purpose})


def forget_old(connection: Connection, now: datetime) -> None:
    connection.execute(_FORGET_OLD, {"now": now})


def find_newest(connection: Connection, user_id: int, purpose: CodePurpose) -> datetime | None:
    """When the last code was given."""
    found: datetime | None = connection.execute(_NEWEST, {"of_user": user_id, "wanted": purpose}).scalar_one()
    return found
