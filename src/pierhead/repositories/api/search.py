"""Search (api-v1/repositories, section 3) and whom one may give permissions to (api-v1/accounts, section 9)."""

from typing import Annotated, Any

from fastapi import Query

from pierhead.access.api.dependencies import Caller, Services
from pierhead.access.api.routing import ApiRouter, parse_flag
from pierhead.access.search_directory import search_directory
from pierhead.repositories.api.search_views import view_entities, view_everything, view_findings
from pierhead.repositories.find_entities import MAXIMUM_ENTITIES, NOBODY, find_entities
from pierhead.repositories.search import find_everything, find_repositories

router = ApiRouter(tags=["search"])

Text = Annotated[str, Query(max_length=255)]


@router.get("/find/all")
async def find_all(caller: Caller, services: Services, query: Text = "") -> dict[str, Any]:
    """Repositories, namespaces, teams and robots whose names hold the text, the best first."""
    return view_everything(await services.database.read(find_everything, caller, query), query)


@router.get("/find/repositories")
async def find(
    caller: Caller,
    services: Services,
    query: Text = "",
    page: int = 1,
    include_usage: Annotated[str | None, Query(alias="includeUsage")] = None,
) -> dict[str, Any]:
    """Repositories whose names hold the text, ten on a page and at most ten pages."""
    found = await services.database.read(find_repositories, caller, query, page=page)
    return view_findings(found, query, with_usage=parse_flag(include_usage, default=False))


@router.get("/entities/")
async def list_no_entities() -> dict[str, Any]:
    """The empty beginning finds nobody."""
    return view_entities(NOBODY)


@router.get("/entities/{prefix}")
async def list_entities(
    prefix: str,
    caller: Caller,
    services: Services,
    namespace: Annotated[str | None, Query(max_length=255)] = None,
    include_teams: Annotated[str | None, Query(alias="includeTeams")] = None,
    include_orgs: Annotated[str | None, Query(alias="includeOrgs")] = None,
) -> dict[str, Any]:
    """Teams, users, robots and organizations whose names begin so, and people of a directory who have no account yet."""
    found = await services.database.read(
        find_entities,
        caller,
        prefix,
        namespace=namespace,
        with_teams=parse_flag(include_teams, default=False),
        with_organizations=parse_flag(include_orgs, default=False),
    )
    outsiders = await search_directory(services, caller, prefix, MAXIMUM_ENTITIES - len(found.users) - len(found.robots))
    return view_entities(found, outsiders)
