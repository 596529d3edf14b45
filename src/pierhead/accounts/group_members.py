"""Let the people of a team be those of an outside group; robots stay as they are. The rights have been checked before (see `users`)."""

from collections.abc import Collection

from pierhead.accounts.model.accounts import Account, Team
from pierhead.accounts.store import accounts, teams
from pierhead.audit.model import SYSTEM, LogKind
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork


def follow_group(work: UnitOfWork, organization: Account, team: Team, users: Collection[Account]) -> bool:
    """These users are in the team and no others. False when some stay because the organization would have no admin without them."""
    wanted = {user.id: user for user in users}
    accounts.lock_one(work.connection, organization.id)
    present = dict(teams.list_user_ids(work.connection, team.id))
    for user_id, user in wanted.items():
        if user_id not in present and teams.add_member(work.connection, team.id, user_id=user_id):
            _record(work, LogKind.ORG_ADD_TEAM_MEMBER, organization, team, user.name)
    return _remove(work, organization, team, {user_id: name for user_id, name in present.items() if user_id not in wanted})


def join_group(work: UnitOfWork, organization: Account, team: Team, user: Account) -> None:
    """The user is in the team."""
    if teams.add_member(work.connection, team.id, user_id=user.id):
        _record(work, LogKind.ORG_ADD_TEAM_MEMBER, organization, team, user.name)


def leave_group(work: UnitOfWork, organization: Account, team: Team, user: Account) -> bool:
    """The user is not in the team. False when it stays because the organization would have no admin without it."""
    accounts.lock_one(work.connection, organization.id)
    return _remove(work, organization, team, {user.id: user.name})


def _remove(work: UnitOfWork, organization: Account, team: Team, leaving: dict[int, str]) -> bool:
    left = {user_id: name for user_id, name in leaving.items() if teams.remove_member(work.connection, team.id, user_id=user_id)}
    if left and team.role == "admin" and not teams.has_admin(work.connection, organization.id):
        for user_id in left:
            teams.add_member(work.connection, team.id, user_id=user_id)
        return False
    for name in left.values():
        _record(work, LogKind.ORG_REMOVE_TEAM_MEMBER, organization, team, name)
    return True


def _record(work: UnitOfWork, kind: LogKind, organization: Account, team: Team, member: str) -> None:
    record(work, SYSTEM, kind, namespace_id=organization.id, member=member, team=team.name)
