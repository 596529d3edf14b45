"""Give and take the codes in mailed links. Only the mail holds a code; the database keeps its SHA-256."""

import hashlib
import secrets
from datetime import datetime, timedelta

from pierhead.accounts.model.mailed_codes import CodePurpose, InvalidCode, SpentCode
from pierhead.accounts.store import mailed_codes
from pierhead.platform.database import UnitOfWork

_BYTES = 32
_LONGEST = 128


def make_code() -> str:
    """A code that nobody can guess, of characters that need no quoting in a link."""
    return secrets.token_urlsafe(_BYTES)


def hash_code(code: str) -> bytes:
    """What is stored of a code."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()


def issue_code(work: UnitOfWork, user_id: int, purpose: CodePurpose, life: timedelta, *, new_email: str | None = None) -> str:
    """A new code; earlier ones go on working, because the mails may come in another order. Codes that are too old go."""
    code = make_code()
    mailed_codes.forget_old(work.connection, work.now)
    mailed_codes.add(
        work.connection,
        user_id,
        purpose,
        code_sha256=hash_code(code),
        new_email=new_email,
        created_at=work.now,
        expires_at=work.now + life,
    )
    return code


def spend_code(work: UnitOfWork, code: str, purpose: CodePurpose) -> SpentCode:
    """Take a code, and every other of the user for the purpose. Raises InvalidCode."""
    spent = mailed_codes.spend(work.connection, hash_code(code), purpose, work.now) if len(code) <= _LONGEST else None
    if spent is None:
        raise InvalidCode
    mailed_codes.forget(work.connection, spent.user_id, purpose)
    return spent


def forget_codes(work: UnitOfWork, user_id: int) -> None:
    """No link that was mailed works any more: the password or the address has changed."""
    for purpose in CodePurpose:
        mailed_codes.forget(work.connection, user_id, purpose)


def find_newest_code(work: UnitOfWork, user_id: int, purpose: CodePurpose) -> datetime | None:
    """When the user was last given a code."""
    return mailed_codes.find_newest(work.connection, user_id, purpose)
