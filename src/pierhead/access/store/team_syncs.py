"""Queries of teams that follow a group."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, select, update

from pierhead.access.model.external import TeamSync
from pierhead.access.tables import team_sync
from pierhead.accounts.model.accounts import AccountKind
from pierhead.accounts.tables import account, team, team_member
from pierhead.platform.database import upsert

_OF_TEAM = select(team_sync.c.team_id, team_sync.c.service, team_sync.c.external_group, team_sync.c.synced_at).where(
    team_sync.c.team_id == bindparam("team_id")
)
_SYNCED_TEAMS = (
    select(team.c.name).join(team_sync, team_sync.c.team_id == team.c.id).where(team.c.organization_id == bindparam("organization_id"))
)
_ADD = upsert(team_sync)
_PUT = _ADD.on_conflict_do_update(
    index_elements=[team_sync.c.team_id],
    set_={
        "service": _ADD.excluded.service,
        "external_group": _ADD.excluded.external_group,
        "due_at": _ADD.excluded.due_at,
        "synced_at": None,
    },
)
_DELETE = delete(team_sync).where(team_sync.c.team_id == bindparam("of_team"))
_DUE = (
    select(team_sync.c.team_id, team.c.name, account.c.name.label("organization"), team_sync.c.external_group)
    .join(team, team.c.id == team_sync.c.team_id)
    .join(account, account.c.id == team.c.organization_id)
    .where(
        team_sync.c.service == bindparam("service"),
        team_sync.c.due_at <= bindparam("moment"),
        account.c.kind == AccountKind.ORGANIZATION,  # not a deleted one
    )
    .order_by(team_sync.c.due_at)
    .limit(bindparam("limit"))
)
_SETTLE = (
    update(team_sync).where(team_sync.c.team_id == bindparam("of_team")).values(due_at=bindparam("next_at"), synced_at=bindparam("moment"))
)
_POSTPONE = update(team_sync).where(team_sync.c.team_id == bindparam("of_team")).values(due_at=bindparam("next_at"))
_OF_SERVICE = (
    select(
        team.c.name,
        account.c.name.label("organization"),
        team_sync.c.external_group,
        exists().where(team_member.c.team_id == team.c.id, team_member.c.user_id == bindparam("user_id")).label("is_member"),
    )
    .select_from(team_sync.join(team, team.c.id == team_sync.c.team_id).join(account, account.c.id == team.c.organization_id))
    .where(team_sync.c.service == bindparam("service"), account.c.kind == AccountKind.ORGANIZATION)
    .order_by(account.c.id, team.c.id)
)


@dataclass(frozen=True, slots=True)
class SyncedTeam:
    """A team that follows a group, with the organization's name; `is_member` is whether a certain user is in it."""

    team: str
    organization: str
    group: str
    is_member: bool = False
    team_id: int = 0


def find(connection: Connection, team_id: int) -> TeamSync | None:
    row = connection.execute(_OF_TEAM, {"team_id": team_id}).first()
    return None if row is None else TeamSync(*row)


def list_synced_names(connection: Connection, organization_id: int) -> frozenset[str]:
    """The names of the organization's teams that follow a group."""
    return frozenset(row[0] for row in connection.execute(_SYNCED_TEAMS, {"organization_id": organization_id}))


def put(connection: Connection, team_id: int, service: str, group: str, moment: datetime) -> None:
    """Let a team follow a group, from this moment on."""
    values = {"team_id": team_id, "service": service, "external_group": group, "created_at": moment, "synced_at": None, "due_at": moment}
    connection.execute(_PUT, values)


def delete_sync(connection: Connection, team_id: int) -> bool:
    """False when the team follows no group."""
    return connection.execute(_DELETE, {"of_team": team_id}).rowcount > 0


def list_due(connection: Connection, service: str, moment: datetime, limit: int) -> Sequence[SyncedTeam]:
    """Teams whose group has to be asked again, those that wait longest first."""
    rows = connection.execute(_DUE, {"service": service, "moment": moment, "limit": limit})
    return [SyncedTeam(row.name, row.organization, row.external_group, team_id=row.team_id) for row in rows]


def settle(connection: Connection, team_id: int, moment: datetime, next_at: datetime) -> None:
    """The team has the members of its group now."""
    connection.execute(_SETTLE, {"of_team": team_id, "moment": moment, "next_at": next_at})


def postpone(connection: Connection, team_id: int, next_at: datetime) -> None:
    """The group could not be read; ask again then."""
    connection.execute(_POSTPONE, {"of_team": team_id, "next_at": next_at})


def list_of_service(connection: Connection, service: str, user_id: int) -> Sequence[SyncedTeam]:
    """Every team that follows a group of the service, and whether the user is in it."""
    rows = connection.execute(_OF_SERVICE, {"service": service, "user_id": user_id})
    return [SyncedTeam(row.name, row.organization, row.external_group, bool(row.is_member)) for row in rows]
