"""Tags: list, create, move, let end, hold fast, delete and restore them (api-v1/repositories, section 4)."""

from typing import Annotated, Any

from fastapi import Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from pierhead.access.api.dependencies import Address, Caller, Services
from pierhead.access.api.routing import ApiRouter, parse_flag
from pierhead.platform.errors import Invalid
from pierhead.registry import change_tag, list_tags
from pierhead.registry.api.dependencies import WRITES, Cursor, Limit, Rules, TagPath, seal_cursor
from pierhead.registry.api.filters import Filter
from pierhead.registry.api.views import view_interval, view_move, view_tag
from pierhead.registry.change_tag import Purge, TagChange
from pierhead.registry.model.names import parse_digest
from pierhead.registry.model.selection import EVERYTHING, TagFilter, parse_name_filter, parse_order
from pierhead.registry.restore_tag import restore_tag
from pierhead.repositories.api.paths import RepositoryPath

router = ApiRouter(tags=["tag"])

_BASE = "/repository/{repository:path}/tag"
_MOST_SECONDS = 10**11
_EXAMPLE_DIGEST = "sha256:" + "ab" * 32


class TagBody(BaseModel):
    """What shall change; `expiration` in Unix seconds, null for a tag that never ends."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"manifest_digest": _EXAMPLE_DIGEST}]})

    manifest_digest: str | None = None
    expiration: Annotated[float, Field(ge=0, le=_MOST_SECONDS)] | None = None
    immutable: bool | None = None


class RestoreBody(BaseModel):
    """The manifest of the tag's history that it shall point at again."""

    manifest_digest: str | None = None


class PurgeBody(BaseModel):
    """What shall go for good."""

    manifest_digest: str | None = None
    include_submanifests: bool = False
    is_alive: bool = False


def parse_v1_filter(
    specific: Annotated[str | None, Query(alias="specificTag", max_length=128, pattern="^[^\\x00]*$")] = None,
    filter_tag_name: Annotated[str | None, Query(max_length=200)] = None,
) -> TagFilter:
    """Quay's own filters. Raises FilterInvalid."""
    if specific:
        return TagFilter(name=specific)
    return parse_name_filter(filter_tag_name) if filter_tag_name else EVERYTHING


@router.get(_BASE + "/")
async def list_all(
    repository: RepositoryPath,
    caller: Caller,
    services: Services,
    by_name: Annotated[TagFilter, Depends(parse_v1_filter)],
    wanted: Filter,
    cursor: Cursor,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    limit: Limit = 50,
    only_active: Annotated[str | None, Query(alias="onlyActiveTags")] = None,
    sort: Annotated[str | None, Query(max_length=40)] = None,
) -> dict[str, Any]:
    """Tags, newest first: living ones with `onlyActiveTags`, else everything that the time machine reaches.

    With `sort` (or a filter) living tags in any order, `-` before the column for descending, in pages by `cursor`.
    """
    if sort or cursor or wanted != EVERYTHING:
        return await _list_sorted(repository, caller, services, wanted.within(by_name), cursor, limit, sort)
    shown = await services.database.read(
        list_tags.list_numbered,
        caller,
        repository,
        by_name,
        only_living=parse_flag(only_active, default=False),
        page=page,
        maximum=limit,
    )
    tags = [*map(view_tag, shown.tags), *map(view_interval, shown.intervals)]
    return {"tags": tags, "page": page, "has_additional": shown.has_more}


async def _list_sorted(
    repository: str, caller: Caller, services: Services, wanted: TagFilter, cursor: list[Any] | None, limit: int, sort: str | None
) -> dict[str, Any]:
    held = cursor or [sort or "-last_modified", None]
    order = parse_order(sort or held[0])
    # A cursor belongs to its order; with another one the list begins anew.
    place = held[1] if not sort or sort == held[0] else None
    found = await services.database.read(list_tags.list_tags, caller, repository, wanted, order, place=place, maximum=limit)
    answer: dict[str, Any] = {"tags": [view_tag(each) for each in found.tags], "page": 1, "has_additional": found.following is not None}
    if found.following is not None:
        answer["next_cursor"] = seal_cursor(services, [sort or held[0], found.following])
    return answer


@router.put(_BASE + "/{tag}", status_code=201, dependencies=WRITES)
async def change(
    repository: RepositoryPath,
    tag: TagPath,
    body: TagBody,
    caller: Caller,
    services: Services,
    rules: Rules,
    address: Address,
    details: str | None = None,
) -> Any:
    """Create or move a tag, say when it ends, hold it fast or let it go. With `details` the answer says what moved from where."""
    sets_end = "expiration" in body.model_fields_set
    if body.manifest_digest is None and body.immutable is None and not sets_end:
        raise Invalid("Say what shall change: manifest_digest, expiration or immutable.")
    wanted = TagChange(
        digest=parse_digest(body.manifest_digest) if body.manifest_digest is not None else None,
        sets_end=sets_end,
        end_ms=None if body.expiration is None else round(body.expiration * 1000),
        immutable=body.immutable,
    )
    move = await services.database.write(change_tag.change_tag, caller, repository, tag, wanted, rules, address=address)
    return view_move(move) if parse_flag(details, default=False) else "Updated"


@router.delete(_BASE + "/{tag}", status_code=204, dependencies=WRITES)
async def delete(repository: RepositoryPath, tag: TagPath, caller: Caller, services: Services, address: Address) -> Response:
    """End the tag; the time machine keeps what it pointed at."""
    await services.database.write(change_tag.delete_tag, caller, repository, tag, address=address)
    return Response(status_code=204)


@router.post(_BASE + "/{tag}/restore", dependencies=WRITES)
async def restore(
    repository: RepositoryPath,
    tag: TagPath,
    body: RestoreBody,
    caller: Caller,
    services: Services,
    rules: Rules,
    address: Address,
    details: str | None = None,
) -> dict[str, Any]:
    """Point the tag back at an earlier manifest of its history. With `details` the answer says what moved from where."""
    if not body.manifest_digest:
        raise Invalid("Missing manifest_digest")
    digest = parse_digest(body.manifest_digest)
    move = await services.database.write(restore_tag, caller, repository, tag, digest, rules, address=address)
    return view_move(move) if parse_flag(details, default=False) else {}


@router.post(_BASE + "/{tag}/expire", dependencies=WRITES)
async def purge(
    repository: RepositoryPath,
    tag: TagPath,
    body: PurgeBody,
    caller: Caller,
    services: Services,
    rules: Rules,
    address: Address,
) -> str:
    """Put the tag, or what it pointed at before, out of the time machine's reach: it cannot be restored."""
    wanted = Purge(body.manifest_digest, body.is_alive, body.include_submanifests)
    await services.database.write(change_tag.purge_tag, caller, repository, tag, wanted, rules, address=address)
    return ""
