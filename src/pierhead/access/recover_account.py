"""Let people in who have lost their password: a link is mailed to them that signs them in once."""

import uuid

from pierhead.access.mailing import Mailing
from pierhead.access.mails import write_organization_recovery, write_recovery
from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.errors import AccountDisabled
from pierhead.access.stored_users import get_stored_user
from pierhead.access.throttle import request_subjects, require_attempt
from pierhead.accounts import organizations, users
from pierhead.accounts.mailed_codes import issue_code, spend_code
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.errors import EmailRequired
from pierhead.accounts.model.mailed_codes import CodePurpose
from pierhead.accounts.model.names import parse_email
from pierhead.platform.database import UnitOfWork

_ATTEMPTS = 3
_PURPOSE = "recovery"


def admit_request(work: UnitOfWork, email: str, *, address: str | None) -> str:
    """The checked address of a request for a link. Raises InvalidEmail, and RateLimited after a few requests."""
    checked = parse_email(email)
    require_attempt(work, request_subjects(_PURPOSE, checked, address), attempts=_ATTEMPTS)
    return checked


def mail_recovery(work: UnitOfWork, mailing: Mailing, email: str, request: str) -> None:
    """Mail a link to the user of the address, or the names of the admins to an organization; nothing to anybody else.

    `request` tells this request from others: a mail of the same one that still waits is not doubled.
    """
    account = users.find_by_email(work, email)
    if account is None or not account.is_enabled:
        return
    if account.is_organization:
        admins = organizations.list_admins(work, account)
        mailing.post(work, write_organization_recovery(mailing, email, account.name, admins), key=f"{_PURPOSE}:{request}")
        return
    _mail_link(work, mailing, account, email, request)


def mail_recovery_to(work: UnitOfWork, mailing: Mailing, user: Account) -> str:
    """Mail a link to a user whom a superuser has chosen; the address. Raises EmailRequired."""
    if user.email is None:
        raise EmailRequired
    _mail_link(work, mailing, user, user.email, str(uuid.uuid4()))
    return user.email


def recover_account(work: UnitOfWork, code: str) -> StoredUser:
    """Who followed a link; the address is the user's own by that. Raises InvalidCode and AccountDisabled."""
    spent = spend_code(work, code, CodePurpose.RECOVER)
    user = users.get_account(work, spent.user_id)
    if not user.is_enabled:
        raise AccountDisabled
    users.set_verified(work, user)
    return get_stored_user(work, user.id)


def _mail_link(work: UnitOfWork, mailing: Mailing, user: Account, email: str, request: str) -> None:
    code = issue_code(work, user.id, CodePurpose.RECOVER, mailing.recovery_life)
    mailing.post(work, write_recovery(mailing, email, user.name, code), key=f"{_PURPOSE}:{request}")
