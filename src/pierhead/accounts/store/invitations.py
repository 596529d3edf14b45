"""Queries of invitations into teams."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from pierhead.accounts.model.invitations import Invitation, Invitee
from pierhead.accounts.tables import account, team, team_invitation
from pierhead.platform.database import upsert

_organization, _inviter, _invitee = account.alias("organization"), account.alias("inviter"), account.alias("invitee")
_ADDING = upsert(team_invitation)
_NEW = {
    "code_sha256": _ADDING.excluded.code_sha256,
    "inviter_id": _ADDING.excluded.inviter_id,
    "created_at": _ADDING.excluded.created_at,
}
_ADD_USER = _ADDING.on_conflict_do_update(index_elements=[team_invitation.c.team_id, team_invitation.c.user_id], set_=_NEW)
_ADD_EMAIL = _ADDING.on_conflict_do_update(index_elements=[team_invitation.c.team_id, team_invitation.c.email], set_=_NEW)
_BY_CODE = (
    select(
        team_invitation.c.id,
        _organization.c.id.label("organization_id"),
        _organization.c.name.label("organization"),
        team.c.name.label("team"),
        team_invitation.c.user_id,
        team_invitation.c.email,
        _inviter.c.name.label("inviter"),
    )
    .join(team, team.c.id == team_invitation.c.team_id)
    .join(_organization, _organization.c.id == team.c.organization_id)
    .outerjoin(_inviter, _inviter.c.id == team_invitation.c.inviter_id)
    .where(team_invitation.c.code_sha256 == bindparam("sha256"))
)
_OF_TEAM = (
    select(_invitee.c.name, team_invitation.c.email, _invitee.c.email.label("own_email"))
    .outerjoin(_invitee, _invitee.c.id == team_invitation.c.user_id)
    .where(team_invitation.c.team_id == bindparam("of_team"))
    .order_by(team_invitation.c.id)
)
_DELETE = delete(team_invitation).where(team_invitation.c.id == bindparam("invitation_id"))
_WITHDRAW_EMAIL = delete(team_invitation).where(
    team_invitation.c.team_id == bindparam("of_team"), team_invitation.c.email == bindparam("of_email")
)
_WITHDRAW_USER = delete(team_invitation).where(
    team_invitation.c.team_id == bindparam("of_team"), team_invitation.c.user_id == bindparam("of_user")
)


def put(
    connection: Connection,
    team_id: int,
    *,
    user_id: int | None = None,
    email: str | None = None,
    code_sha256: bytes,
    inviter_id: int | None,
    created_at: datetime,
) -> None:
    """Add an invitation of a user or an address; an open one gets the new code, and the old code ends."""
    connection.execute(
        _ADD_EMAIL if user_id is None else _ADD_USER,
        {
            "team_id": team_id,
            "user_id": user_id,
            "email": email,
            "code_sha256": code_sha256,
            "inviter_id": inviter_id,
            "created_at": created_at,
        },
    )


def find_by_code(connection: Connection, code_sha256: bytes) -> Invitation | None:
    row = connection.execute(_BY_CODE, {"sha256": code_sha256}).first()
    return None if row is None else Invitation(*row)


def delete_invitation(connection: Connection, invitation_id: int) -> bool:
    """Whether it was still there."""
    return connection.execute(_DELETE, {"invitation_id": invitation_id}).rowcount > 0


def list_of_team(connection: Connection, team_id: int) -> list[Invitee]:
    """Those who have not answered, in the order of their invitations; of users the address too."""
    return [Invitee(row.name, row.email or row.own_email) for row in connection.execute(_OF_TEAM, {"of_team": team_id})]


def withdraw_email(connection: Connection, team_id: int, email: str) -> bool:
    """Whether the address was invited."""
    return connection.execute(_WITHDRAW_EMAIL, {"of_team": team_id, "of_email": email}).rowcount > 0


def withdraw_user(connection: Connection, team_id: int, user_id: int) -> bool:
    """Whether the user was invited."""
    return connection.execute(_WITHDRAW_USER, {"of_team": team_id, "of_user": user_id}).rowcount > 0
