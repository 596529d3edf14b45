"""Strangers make accounts of their own: at once, or after they have shown that they read the mail at their address."""

from dataclasses import dataclass

from pierhead.access.confirm_email import mail_confirmation, mail_confirmation_again
from pierhead.access.mailing import Mailing
from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.errors import FeatureDisabled
from pierhead.access.model.identity import ANONYMOUS, Identity, IdentityKind
from pierhead.access.services import AccessServices
from pierhead.access.stored_users import get_stored_user
from pierhead.accounts import users
from pierhead.accounts.invitations import accept_invitation, find_invitation
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.errors import EmailRequired
from pierhead.accounts.model.invitations import Invitation, InvitationRequired
from pierhead.accounts.model.names import parse_password
from pierhead.platform.database import UnitOfWork


@dataclass(frozen=True, slots=True)
class NewUser:
    """What a stranger wants to be called; `invite_code` comes from a mailed invitation."""

    name: str
    email: str | None
    password: str
    invite_code: str | None = None


@dataclass(frozen=True, slots=True)
class SignUp:
    """The new user, and whether a mail has to be answered before the account can be used."""

    user: StoredUser
    awaits_verification: bool


async def sign_up(services: AccessServices, wanted: NewUser, *, address: str | None) -> SignUp:
    """Raises FeatureDisabled, EmailRequired, InvitationRequired, InvalidPassword, and what `users.create_user` raises."""
    if not services.options.user_creation or services.external.keeps_accounts_elsewhere:
        raise FeatureDisabled
    if services.mailing is not None and not wanted.email:
        raise EmailRequired
    password_hash = await services.hasher.hash(parse_password(wanted.password))
    invited_only = services.mailing is not None and services.options.invited_users_only
    return await services.database.write(_sign_up, services.mailing, wanted, password_hash, invited_only=invited_only, address=address)


def accept_with(work: UnitOfWork, user_id: int, code: str, *, address: str | None) -> None:
    """Take the invitation that somebody has brought along while signing in; a code that says nothing changes nothing."""
    invitation = find_invitation(work, code)
    if invitation is not None and invitation.user_id in {None, user_id}:
        user = users.get_account(work, user_id)
        accept_invitation(work, _as_itself(user), user, code, address=address)


async def mail_link_again(services: AccessServices, username: str) -> None:
    """For somebody whose password was right, and who has not followed the link in the mail."""
    if services.mailing is not None:
        await services.database.write(_mail_link_again, services.mailing, username)


def _mail_link_again(work: UnitOfWork, mailing: Mailing, username: str) -> None:
    user = users.find_by_email(work, username) if "@" in username else users.find_namespace(work, username)
    if user is not None:
        mail_confirmation_again(work, mailing, user.id)


def _sign_up(
    work: UnitOfWork, mailing: Mailing | None, wanted: NewUser, password_hash: str, *, invited_only: bool, address: str | None
) -> SignUp:
    invitation = find_invitation(work, wanted.invite_code) if wanted.invite_code else None
    if invited_only and (invitation is None or invitation.user_id is not None):
        raise InvitationRequired
    is_verified = mailing is None or _was_mailed_to(invitation, wanted.email)
    created = users.create_user(work, ANONYMOUS, wanted.name, wanted.email, password_hash, is_verified=is_verified, address=address)
    if invitation is not None and invitation.user_id is None and wanted.invite_code:
        accept_invitation(work, _as_itself(created), created, wanted.invite_code, address=address)
    if mailing is not None and not is_verified:
        mail_confirmation(work, mailing, created)
    return SignUp(get_stored_user(work, created.id), awaits_verification=not is_verified)


def _was_mailed_to(invitation: Invitation | None, email: str | None) -> bool:
    """Whoever holds the code of an invitation reads the mail at its address."""
    return invitation is not None and email is not None and invitation.email == email.lower()


def _as_itself(user: Account) -> Identity:
    return Identity(IdentityKind.USER, user.name, user_id=user.id, reference=user.uuid)
