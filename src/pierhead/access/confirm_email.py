"""Make sure that an e-mail address is the user's: a link is mailed to it, and following the link says so."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from pierhead.access.mailing import Mailing
from pierhead.access.mails import write_confirmation, write_email_change, write_email_changed
from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.errors import AccountDisabled
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.stored_users import get_stored_user
from pierhead.accounts import users
from pierhead.accounts.mailed_codes import find_newest_code, issue_code, spend_code
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.mailed_codes import CONFIRMATION_LIFE, CodePurpose
from pierhead.platform.database import UnitOfWork

_MAIL_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who followed the link, and whether an account began by it rather than a new address."""

    user: StoredUser
    is_new_account: bool


def mail_confirmation(work: UnitOfWork, mailing: Mailing, user: Account) -> None:
    """Mail the link that begins an account; nothing without an address."""
    if user.email is None:
        return
    code = issue_code(work, user.id, CodePurpose.CONFIRM, CONFIRMATION_LIFE)
    mailing.post(work, write_confirmation(mailing, user.email, user.name, code), key=_make_key())


def mail_confirmation_again(work: UnitOfWork, mailing: Mailing, user_id: int) -> None:
    """As `mail_confirmation`, for somebody who tries to sign in without having followed the link; not more often than every five minutes."""
    user = users.get_account(work, user_id)
    newest = find_newest_code(work, user.id, CodePurpose.CONFIRM)
    if newest is None or work.now - newest >= _MAIL_AGAIN:
        mail_confirmation(work, mailing, user)


def ask_for_email(work: UnitOfWork, mailing: Mailing, user: Account, email: str) -> None:
    """Mail the link that makes the address the user's. Raises InvalidEmail and EmailTaken."""
    checked = users.require_free_email(work, user, email)
    if checked == user.email:
        return
    code = issue_code(work, user.id, CodePurpose.CONFIRM, CONFIRMATION_LIFE, new_email=checked)
    mailing.post(work, write_email_change(mailing, checked, user.name, code), key=_make_key())


def confirm_email(work: UnitOfWork, mailing: Mailing, code: str, *, address: str | None) -> Confirmation:
    """Somebody has followed a link. Raises InvalidCode, AccountDisabled, and EmailTaken when another account has the address by now."""
    spent = spend_code(work, code, CodePurpose.CONFIRM)
    user = users.get_account(work, spent.user_id)
    if not user.is_enabled:
        raise AccountDisabled
    is_new = spent.new_email is None and not user.is_verified
    if spent.new_email is not None:
        performer = Identity(IdentityKind.USER, user.name, user_id=user.id, reference=user.uuid)
        users.set_email(work, performer, user, spent.new_email, address=address)
        if user.email is not None:
            mailing.post(work, write_email_changed(mailing, user.email, user.name), key=_make_key())
    users.set_verified(work, user)
    return Confirmation(get_stored_user(work, user.id), is_new_account=is_new)


def _make_key() -> str:
    return f"address:{uuid.uuid4()}"
