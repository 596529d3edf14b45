"""What callers do with invitations into teams: admins send and withdraw them, users answer."""

import uuid

from pierhead.access.mailing import Mailing
from pierhead.access.mails import write_invitation
from pierhead.access.manage_organizations import require_organization
from pierhead.access.model.errors import SignInRequired
from pierhead.access.model.external import TeamIsSynced
from pierhead.access.model.identity import Identity
from pierhead.access.store import team_syncs
from pierhead.access.throttle import request_subjects, require_attempt
from pierhead.accounts import invitations, teams, users
from pierhead.accounts.model.accounts import Account, Team
from pierhead.accounts.model.invitations import Invitation
from pierhead.accounts.model.names import parse_email
from pierhead.platform.database import UnitOfWork

_ATTEMPTS = 5  # mails to one address within an hour, before further ones have to wait


def invite_address(
    work: UnitOfWork, mailing: Mailing, identity: Identity, organization: str, name: str, email: str, *, address: str | None
) -> str:
    """For admins; the address in small letters. The answer does not tell whether anybody has the address.

    Raises TeamNotFound, TeamIsSynced, InvalidEmail, and RateLimited after several mails to the same address.
    """
    found = require_organization(work, identity, organization)
    team = teams.get_team(work, found, name)
    if team_syncs.find(work.connection, team.id) is not None:
        raise TeamIsSynced
    checked = parse_email(email)
    require_attempt(work, request_subjects("invitation", checked, None), attempts=_ATTEMPTS)
    code = invitations.invite_email(work, identity, found, team, checked, identity.user_id, address=address)
    _mail(work, mailing, identity, found, team, checked, code)
    return checked


def invite_user(
    work: UnitOfWork, mailing: Mailing, identity: Identity, organization: Account, team: Team, user: Account, *, address: str | None
) -> None:
    """Ask a user, who has an address, to join; the caller has been checked. Raises RateLimited after several mails to the same address."""
    to = user.email or ""
    require_attempt(work, request_subjects("invitation", to, None), attempts=_ATTEMPTS)
    code = invitations.invite_user(work, identity, organization, team, user, identity.user_id, address=address)
    _mail(work, mailing, identity, organization, team, to, code)


def withdraw_invitation(work: UnitOfWork, identity: Identity, organization: str, name: str, email: str, *, address: str | None) -> None:
    """For admins. Raises TeamNotFound and InvitationNotFound."""
    found = require_organization(work, identity, organization)
    invitations.withdraw_email(work, identity, found, teams.get_team(work, found, name), email, address=address)


def accept_invitation(work: UnitOfWork, identity: Identity, code: str, *, address: str | None) -> Invitation:
    """For whoever was invited. Raises SignInRequired and InvitationNotFound."""
    return invitations.accept_invitation(work, identity, _get_caller(work, identity), code, address=address)


def decline_invitation(work: UnitOfWork, identity: Identity, code: str, *, address: str | None) -> None:
    """For whoever was invited. Raises SignInRequired and InvitationNotFound."""
    invitations.decline_invitation(work, identity, _get_caller(work, identity), code, address=address)


def _get_caller(work: UnitOfWork, identity: Identity) -> Account:
    if identity.user_id is None:
        raise SignInRequired
    return users.get_account(work, identity.user_id)


def _mail(work: UnitOfWork, mailing: Mailing, identity: Identity, organization: Account, team: Team, to: str, code: str) -> None:
    mail = write_invitation(mailing, to, identity.name or organization.name, organization.name, team.name, code)
    mailing.post(work, mail, key=f"invitation:{uuid.uuid4()}")
