"""Usage logs: lists and counts by day (api-v1/logs, section 1)."""

from typing import Annotated, Any

from fastapi import Depends

from pierhead.access.api.dependencies import Caller, FreshUser, Services, User
from pierhead.access.api.paging import open_position, seal_position
from pierhead.access.api.routing import ApiRouter
from pierhead.access.model.identity import Identity
from pierhead.access.services import AccessServices
from pierhead.administration import read_logs
from pierhead.administration.api.views import view_counts, view_logs
from pierhead.administration.model import LogQuery, LogSource, OrganizationLog, OwnLog, RepositoryLog, WholeLog
from pierhead.audit.model import LogPosition
from pierhead.repositories.api.paths import RepositoryPath

router = ApiRouter()

_PURPOSE = "logs"


def find_query(
    starttime: str | None = None,
    endtime: str | None = None,
    performer: str | None = None,
    kind: str | None = None,
    tag: str | None = None,
) -> LogQuery:
    """Times are MM/DD/YYYY in UTC. `kind` and `tag` are additions of ours."""
    return LogQuery(starttime, endtime, performer, kind, tag)


QueryOfLog = Annotated[LogQuery, Depends(find_query)]


async def _list(services: AccessServices, caller: Identity, source: LogSource, query: LogQuery, token: str | None) -> dict[str, Any]:
    after = open_position(services, token, LogPosition, purpose=_PURPOSE)
    view = await services.database.read(read_logs.list_logs, caller, source, query, after=after)
    shown = view_logs(view)
    return shown if view.following is None else {**shown, "next_page": seal_position(services, view.following, purpose=_PURPOSE)}


async def _count(services: AccessServices, caller: Identity, source: LogSource, query: LogQuery) -> dict[str, Any]:
    return view_counts(await services.database.read(read_logs.count_logs, caller, source, query))


@router.get("/user/logs")
async def list_user_logs(caller: User, services: Services, query: QueryOfLog, next_page: str | None = None) -> dict[str, Any]:
    """What happened in the caller's own namespace."""
    return await _list(services, caller.identity, OwnLog(), query, next_page)


@router.get("/user/aggregatelogs")
async def count_user_logs(caller: User, services: Services, query: QueryOfLog) -> dict[str, Any]:
    """The counts of the caller's own namespace."""
    return await _count(services, caller.identity, OwnLog(), query)


@router.get("/organization/{organization}/logs")
async def list_organization_logs(
    organization: str, caller: Caller, services: Services, query: QueryOfLog, next_page: str | None = None
) -> dict[str, Any]:
    """What happened in an organization."""
    return await _list(services, caller, OrganizationLog(organization), query, next_page)


@router.get("/organization/{organization}/aggregatelogs")
async def count_organization_logs(organization: str, caller: Caller, services: Services, query: QueryOfLog) -> dict[str, Any]:
    """The counts of an organization."""
    return await _count(services, caller, OrganizationLog(organization), query)


@router.get("/repository/{repository:path}/logs")
async def list_repository_logs(
    repository: RepositoryPath, caller: Caller, services: Services, query: QueryOfLog, next_page: str | None = None
) -> dict[str, Any]:
    """What happened in a repository."""
    return await _list(services, caller, RepositoryLog(repository), query, next_page)


@router.get("/repository/{repository:path}/aggregatelogs")
async def count_repository_logs(repository: RepositoryPath, caller: Caller, services: Services, query: QueryOfLog) -> dict[str, Any]:
    """The counts of a repository."""
    return await _count(services, caller, RepositoryLog(repository), query)


@router.get("/superuser/logs")
async def list_all_logs(
    caller: FreshUser, services: Services, query: QueryOfLog, next_page: str | None = None, namespace: str | None = None
) -> dict[str, Any]:
    """What happened on the whole server. `namespace` is an addition of ours."""
    return await _list(services, caller.identity, WholeLog(namespace or None), query, next_page)


@router.get("/superuser/aggregatelogs")
async def count_all_logs(caller: FreshUser, services: Services, query: QueryOfLog, namespace: str | None = None) -> dict[str, Any]:
    """The counts of the whole server."""
    return await _count(services, caller.identity, WholeLog(namespace or None), query)
