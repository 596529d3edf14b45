"""Bring teams that follow a group of the directory to the group's members."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from pierhead.access.backends.base import Directory
from pierhead.access.follow_groups import follow_members
from pierhead.access.model.external import ExternalUser, FirstSignIn, GroupNotSynced
from pierhead.access.sign_in_external import sign_in_external
from pierhead.access.store import external_logins, team_syncs
from pierhead.access.store.team_syncs import SyncedTeam
from pierhead.accounts import users
from pierhead.platform.database import Database, UnitOfWork

_TEAMS = 200  # in one run
_PEOPLE = 100  # in one transaction
_log = structlog.get_logger("pierhead.access")


def sync_due_teams(database: Database, directory: Directory, *, every: timedelta, keep_going: Callable[[], None]) -> None:
    """Ask for the group of each team that was not asked for in the last `every`. People who were never here get an account.

    `keep_going` is called before each team and may raise. A group that cannot be read leaves its team as it is until it is asked again.
    Raises DirectoryFailed.
    """
    for synced in database.read_now(_list_due, directory.service):
        keep_going()
        try:
            members = directory.list_members(synced.group)
        except GroupNotSynced as error:
            _log.warning("a synced team keeps its members", organization=synced.organization, team=synced.team, reason=error.message)
            database.write_now(_postpone, synced, every)
            continue
        ids: list[int] = []
        for start in range(0, len(members), _PEOPLE):
            ids += database.write_now(_find_accounts, members[start : start + _PEOPLE], directory.first_sign_in)
        database.write_now(_follow, synced, ids, every)


def _list_due(work: UnitOfWork, service: str) -> Sequence[SyncedTeam]:
    return team_syncs.list_due(work.connection, service, work.now, _TEAMS)


def _find_accounts(work: UnitOfWork, members: Sequence[ExternalUser], rule: FirstSignIn) -> list[int]:
    """The ids of the members' accounts; those that are not there are made."""
    logins = external_logins.find_by_subjects(work.connection, members[0].service, [member.subject for member in members])
    known = {login.subject: login.user_id for login in logins}
    return [known[member.subject] if member.subject in known else sign_in_external(work, member, rule).id for member in members]


def _follow(work: UnitOfWork, synced: SyncedTeam, ids: Sequence[int], every: timedelta) -> None:
    present = team_syncs.find(work.connection, synced.team_id)
    if present is None or present.group != synced.group:
        # The team follows another group by now, or none.
        return
    found = [account for account in (users.find_account(work, user_id) for user_id in ids) if account is not None]
    follow_members(work, synced, found)
    team_syncs.settle(work.connection, synced.team_id, work.now, work.now + every)


def _postpone(work: UnitOfWork, synced: SyncedTeam, every: timedelta) -> None:
    team_syncs.postpone(work.connection, synced.team_id, work.now + every)
