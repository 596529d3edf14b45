"""Repositories: create, list, look at, change and delete them (api-v1/repositories, section 1)."""

from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import BaseModel

from pierhead.access.api.dependencies import Address, Caller, Services
from pierhead.access.api.quotas import QuotaSettings
from pierhead.access.api.routing import ApiRouter, parse_flag
from pierhead.access.model.identity import Identity
from pierhead.accounts.model.quotas import QuotaPolicy, RepositoryUsage
from pierhead.audit.popularity import sum_pulls
from pierhead.platform.database import UnitOfWork
from pierhead.repositories import manage_repository
from pierhead.repositories.api.dependencies import OwnServices, Position, seal_position
from pierhead.repositories.api.paths import RepositoryPath
from pierhead.repositories.api.views import find_next, split_name, view_item, view_repository, view_tag
from pierhead.repositories.create_repository import create_named_repository
from pierhead.repositories.figures import count_days
from pierhead.repositories.list_repositories import PAGE_SIZE, list_repositories
from pierhead.repositories.model import RepositoryItem, RepositoryKind
from pierhead.repositories.quotas import report_repositories
from pierhead.repositories.services import RepositoryServices

router = ApiRouter(tags=["repository"])
last = ApiRouter(tags=["repository"])

_MAXIMUM_TAGS = 500
_BADGE = "repository-badge"
_DONE = {"success": True}


class NewRepositoryBody(BaseModel):
    """What to create; without a namespace it is the caller's own."""

    repository: str
    visibility: Literal["public", "private"]
    description: str
    namespace: str | None = None
    repo_kind: Literal["image", "application"] | None = None


class DescriptionBody(BaseModel):
    """The new description."""

    description: str


class VisibilityBody(BaseModel):
    """Who may read."""

    visibility: Literal["public", "private"]


class StateBody(BaseModel):
    """NORMAL, READ_ONLY or MIRROR."""

    state: str


def _list(
    work: UnitOfWork,
    caller: Identity,
    namespace: str | None,
    flags: dict[str, bool],
    kind: RepositoryKind,
    after_id: int,
    quotas: QuotaPolicy,
) -> tuple[list[RepositoryItem], dict[int, int] | None, dict[int, RepositoryUsage]]:
    items = list_repositories(
        work, caller, namespace=namespace, starred=flags["starred"], public=flags["public"], kind=kind, after_id=after_id
    )
    ids = [item.id for item in items]
    return items, sum_pulls(work, ids) if flags["popularity"] else None, report_repositories(work, ids, quotas)


@router.get("/repository")
async def list_all(
    caller: Caller,
    services: Services,
    quotas: QuotaSettings,
    position: Position,
    namespace: Annotated[str | None, Query(max_length=255, pattern="^[^\\x00]*$")] = None,
    starred: str | None = None,
    public: str | None = None,
    last_modified: str | None = None,
    popularity: str | None = None,
    repo_kind: Literal["image", "application"] = "image",
) -> dict[str, Any]:
    """Repositories that the caller may read: of a namespace, starred ones, or public ones as well."""
    texts = {"starred": starred, "public": public, "popularity": popularity, "last_modified": last_modified}
    flags = {name: parse_flag(text, default=False) for name, text in texts.items()}
    kind = RepositoryKind(repo_kind)
    items, pulls, usage = await services.database.read(_list, caller, namespace or None, flags, kind, position, quotas)
    shown = [
        view_item(item, with_star=not caller.is_anonymous, with_modified=flags["last_modified"], popularity=pulls, usage=usage.get(item.id))
        for item in items[:PAGE_SIZE]
    ]
    return {"repositories": shown, **_next_page(services, items)}


def _next_page(services: Services, items: list[RepositoryItem]) -> dict[str, str]:
    following = find_next(items)
    return {} if following is None else {"next_page": seal_position(services, following)}


@router.post("/repository", status_code=201)
async def create(body: NewRepositoryBody, caller: Caller, services: Services, own: OwnServices, address: Address) -> dict[str, str]:
    """A new empty repository, whose admin is the caller."""
    created = await services.database.write(
        create_named_repository,
        caller,
        body.namespace,
        body.repository,
        is_public=body.visibility == "public",
        kind=RepositoryKind(body.repo_kind or "image"),
        description=body.description,
        nested_names=own.nested_names,
        address=address,
    )
    return {**split_name(created.name), "kind": created.kind.value}


@router.post("/repository/{repository:path}/changevisibility")
async def change_visibility(
    repository: RepositoryPath, body: VisibilityBody, caller: Caller, services: Services, address: Address
) -> dict[str, bool]:
    """Make the repository public or private."""
    is_public = body.visibility == "public"
    await services.database.write(manage_repository.set_visibility, caller, repository, is_public=is_public, address=address)
    return _DONE


@router.put("/repository/{repository:path}/changestate")
async def change_state(
    repository: RepositoryPath, body: StateBody, caller: Caller, services: Services, address: Address
) -> dict[str, bool]:
    """Let the repository take pushes (NORMAL), none (READ_ONLY), or those of its mirror only (MIRROR)."""
    await services.database.write(manage_repository.set_state, caller, repository, body.state, address=address)
    return _DONE


def _get(work: UnitOfWork, caller: Identity, name: str, own: RepositoryServices, with_tags: bool, with_stats: bool) -> dict[str, Any]:
    view = manage_repository.get_repository(work, caller, name)
    shown = view_repository(view, status_token="")
    if with_tags:
        shown["tags"] = {tag.name: view_tag(tag) for tag in own.list_tags(work, view.repository, _MAXIMUM_TAGS)}
    if with_stats:
        shown["stats"] = [{"date": day.isoformat(), "count": count} for day, count in count_days(work, view.repository)]
    return shown


@last.get("/repository/{repository:path}")
async def get(
    repository: RepositoryPath,
    caller: Caller,
    services: Services,
    own: OwnServices,
    include_tags: Annotated[str | None, Query(alias="includeTags")] = None,
    include_stats: Annotated[str | None, Query(alias="includeStats")] = None,
) -> dict[str, Any]:
    """The repository as the caller sees it, with its tags unless they are not wanted."""
    with_tags, with_stats = parse_flag(include_tags, default=True), parse_flag(include_stats, default=False)
    shown = await services.database.read(_get, caller, repository, own, with_tags, with_stats)
    if not shown["is_public"]:
        shown["status_token"] = services.secret_box.seal_text(repository, purpose=_BADGE, now=services.database.clock.now())
    return shown


@last.put("/repository/{repository:path}")
async def update(
    repository: RepositoryPath, body: DescriptionBody, caller: Caller, services: Services, address: Address
) -> dict[str, bool]:
    """Replace the description."""
    await services.database.write(manage_repository.set_description, caller, repository, body.description, address=address)
    return _DONE


@last.delete("/repository/{repository:path}", status_code=204)
async def delete(repository: RepositoryPath, caller: Caller, services: Services, address: Address) -> Response:
    """The repository is gone at once, and its name is free."""
    await services.database.write(manage_repository.delete_repository, caller, repository, address=address)
    return Response(status_code=204)
