"""Invite people into teams, and take their answers. The rights of whoever invites have been checked before (see `users`)."""

from pierhead.accounts.mailed_codes import hash_code, make_code
from pierhead.accounts.model.accounts import Account, Robot, Team
from pierhead.accounts.model.errors import AlreadyMember
from pierhead.accounts.model.invitations import Invitation, InvitationNotFound, Invitee
from pierhead.accounts.model.names import parse_email
from pierhead.accounts.store import invitations, teams
from pierhead.accounts.teams import add_team_member
from pierhead.accounts.users import get_account
from pierhead.audit.model import LogKind, Performer
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork

_LONGEST_CODE = 128


def invite_user(
    work: UnitOfWork, performer: Performer, organization: Account, team: Team, user: Account, inviter_id: int | None, *, address: str | None
) -> str:
    """The code for the mail to a user. One who was invited before gets a new code, and the old one ends."""
    code = make_code()
    invitations.put(work.connection, team.id, user_id=user.id, code_sha256=hash_code(code), inviter_id=inviter_id, created_at=work.now)
    record(
        work,
        performer,
        LogKind.ORG_INVITE_TEAM_MEMBER,
        namespace_id=organization.id,
        address=address,
        user=user.name,
        member=user.name,
        team=team.name,
    )
    return code


def invite_email(
    work: UnitOfWork, performer: Performer, organization: Account, team: Team, email: str, inviter_id: int | None, *, address: str | None
) -> str:
    """The code for the mail to an address, which may belong to a user or to nobody yet. Raises InvalidEmail."""
    checked, code = parse_email(email), make_code()
    invitations.put(work.connection, team.id, email=checked, code_sha256=hash_code(code), inviter_id=inviter_id, created_at=work.now)
    record(
        work,
        performer,
        LogKind.ORG_INVITE_TEAM_MEMBER,
        namespace_id=organization.id,
        address=address,
        email=checked,
        member=checked,
        team=team.name,
    )
    return code


def withdraw_email(
    work: UnitOfWork, performer: Performer, organization: Account, team: Team, email: str, *, address: str | None = None
) -> None:
    """The link in the mail works no more. Raises InvitationNotFound."""
    folded = email.lower()
    if not folded.isprintable() or not invitations.withdraw_email(work.connection, team.id, folded):
        raise InvitationNotFound
    _record_withdrawal(work, performer, organization, team, address, email=folded)


def withdraw_user(
    work: UnitOfWork, performer: Performer, organization: Account, team: Team, user: Account, *, address: str | None = None
) -> bool:
    """Whether the user was invited."""
    if not invitations.withdraw_user(work.connection, team.id, user.id):
        return False
    _record_withdrawal(work, performer, organization, team, address, user=user.name)
    return True


def list_invitees(work: UnitOfWork, team: Team) -> list[Invitee]:
    """Those who have not answered yet."""
    return invitations.list_of_team(work.connection, team.id)


def find_invitation(work: UnitOfWork, code: str) -> Invitation | None:
    """The open invitation of a code; any text may be asked for."""
    return invitations.find_by_code(work.connection, hash_code(code)) if len(code) <= _LONGEST_CODE else None


def accept_invitation(work: UnitOfWork, performer: Performer, user: Account, code: str, *, address: str | None = None) -> Invitation:
    """The user joins the team. Whoever holds the code of a mailed invitation may take it. Raises InvitationNotFound."""
    invitation = _take(work, user, code)
    organization = get_account(work, invitation.organization_id)
    _record_answer(work, performer, LogKind.ORG_TEAM_MEMBER_INVITE_ACCEPTED, invitation, user, address)
    try:
        add_team_member(work, performer, organization, invitation.team, user, address=address)
    except AlreadyMember:
        # Somebody has added the user meanwhile: there is nothing left to do.
        return invitation
    return invitation


def decline_invitation(work: UnitOfWork, performer: Performer, user: Account, code: str, *, address: str | None = None) -> None:
    """The invitation is gone. Raises InvitationNotFound."""
    invitation = _take(work, user, code)
    _record_answer(work, performer, LogKind.ORG_TEAM_MEMBER_INVITE_DECLINED, invitation, user, address)


def must_be_invited(work: UnitOfWork, organization: Account, candidate: Account | Robot) -> bool:
    """Whether a candidate is asked before joining a team: a user who is in no team of the organization yet, and can be asked."""
    if isinstance(candidate, Robot) or candidate.email is None:
        return False
    return not teams.list_teams_of(work.connection, organization.id, user_id=candidate.id)


def _take(work: UnitOfWork, user: Account, code: str) -> Invitation:
    invitation = find_invitation(work, code)
    if invitation is None or invitation.user_id not in {None, user.id}:
        raise InvitationNotFound
    if not invitations.delete_invitation(work.connection, invitation.id):
        raise InvitationNotFound
    return invitation


def _record_answer(
    work: UnitOfWork, performer: Performer, kind: LogKind, invitation: Invitation, user: Account, address: str | None
) -> None:
    record(
        work,
        performer,
        kind,
        namespace_id=invitation.organization_id,
        address=address,
        member=user.name,
        inviter=invitation.inviter,
        team=invitation.team,
    )


def _record_withdrawal(
    work: UnitOfWork,
    performer: Performer,
    organization: Account,
    team: Team,
    address: str | None,
    *,
    email: str | None = None,
    user: str | None = None,
) -> None:
    record(
        work,
        performer,
        LogKind.ORG_DELETE_TEAM_MEMBER_INVITE,
        namespace_id=organization.id,
        address=address,
        team=team.name,
        email=email,
        user=user,
    )
