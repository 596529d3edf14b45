"""The past of tags: what happened, and a whole repository as it was at a moment."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from pierhead.access.api.dependencies import Address, Caller, Services
from pierhead.access.api.routing import ApiRouter, parse_flag
from pierhead.registry import time_machine as verbs
from pierhead.registry.api.dependencies import WRITES, Cursor, Limit, Moment, Rules, TagPath, parse_moment, seal_cursor
from pierhead.registry.api.views import format_ms, view_comparison, view_event, view_tag_at
from pierhead.registry.tag_history import HistoryPlace, list_history
from pierhead.repositories.api.paths import RepositoryPath

router = ApiRouter(tags=["tag"])

_BASE = "/repository/{repository:path}"
_SHOWN = 1000
_Shown = Annotated[int, Query(ge=1, le=_SHOWN)]


class RestoreAllBody(BaseModel):
    """The moment, as Unix seconds or in ISO 8601. Tags that came later go unless `remove_newer` is false.

    With `skip_immutable` tags that may not be changed stay as they are; without it they refuse everything.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"time": "2026-11-24T09:30:00Z"}]})

    time: Annotated[str | int | float, Field()]
    remove_newer: bool = True
    skip_immutable: bool = False


@router.get(_BASE + "/tag/{tag}/history")
async def get_history_of_tag(
    repository: RepositoryPath, tag: TagPath, caller: Caller, services: Services, cursor: Cursor, limit: Limit = 50
) -> dict[str, Any]:
    """What happened to the tag, newest first, and by whom."""
    return await _read_history(repository, tag, caller, services, cursor, limit)


@router.get(_BASE + "/tags/history")
async def get_history(repository: RepositoryPath, caller: Caller, services: Services, cursor: Cursor, limit: Limit = 50) -> dict[str, Any]:
    """What happened to all tags of the repository, newest first, and by whom."""
    return await _read_history(repository, None, caller, services, cursor, limit)


async def _read_history(
    repository: str, tag: str | None, caller: Caller, services: Services, cursor: list[Any] | None, limit: int
) -> dict[str, Any]:
    place = HistoryPlace() if cursor is None else HistoryPlace((cursor[0], cursor[1]), (cursor[2], cursor[3]))
    page = await services.database.read(list_history, caller, repository, tag, place, maximum=limit)
    answer: dict[str, Any] = {"events": [view_event(event) for event in page.events]}
    if page.following is not None:
        answer["next_cursor"] = seal_cursor(services, [*page.following.beginning, *page.following.ending])
    return answer


@router.get(_BASE + "/tags/at")
async def get_tags_at(
    repository: RepositoryPath, time: Moment, caller: Caller, services: Services, cursor: Cursor, limit: Limit = 50
) -> dict[str, Any]:
    """The tags as they were at a moment, by name."""
    after = str(cursor[0]) if cursor else ""
    page = await services.database.read(verbs.list_tags_at, caller, repository, time, after=after, maximum=limit)
    answer: dict[str, Any] = {"time": format_ms(time), "time_ms": time, "tags": [view_tag_at(tag) for tag in page.tags]}
    if page.last is not None:
        answer["next_cursor"] = seal_cursor(services, [page.last])
    return answer


@router.get(_BASE + "/tags/compare")
async def compare(
    repository: RepositoryPath, time: Moment, caller: Caller, services: Services, remove_newer: str | None = None, limit: _Shown = 200
) -> dict[str, Any]:
    """What differs between a moment and now: exactly what restoring it would do, without doing it."""
    removes = parse_flag(remove_newer, default=True)
    found = await services.database.read(verbs.compare_with_now, caller, repository, time, removes_newer=removes)
    return view_comparison(found, limit)


@router.post(_BASE + "/tags/restore", dependencies=WRITES)
async def restore_all(
    repository: RepositoryPath, body: RestoreAllBody, caller: Caller, services: Services, rules: Rules, address: Address
) -> dict[str, Any]:
    """Make all tags as they were at a moment, in one transaction. It can be undone in the same way."""
    found = await services.database.write(
        verbs.restore_all,
        caller,
        repository,
        parse_moment(str(body.time)),
        rules,
        removes_newer=body.remove_newer,
        leaves_immutable=body.skip_immutable,
        address=address,
    )
    return view_comparison(found, _SHOWN)
