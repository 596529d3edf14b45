"""Stars of the caller (api-v1/repositories, section 1)."""

from typing import Any

from fastapi import Response
from pydantic import BaseModel

from pierhead.access.api.dependencies import Caller, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.repositories import star_repository
from pierhead.repositories.api.dependencies import Position, seal_position
from pierhead.repositories.api.paths import RepositoryPath
from pierhead.repositories.api.views import find_next, view_starred
from pierhead.repositories.list_repositories import PAGE_SIZE, list_starred

router = ApiRouter(tags=["repository"])


class StarBody(BaseModel):
    """The repository to mark."""

    namespace: str
    repository: str


@router.get("/user/starred")
async def list_stars(caller: Caller, services: Services, position: Position) -> dict[str, Any]:
    """Repositories that the caller starred and may still read."""
    items = await services.database.read(list_starred, caller, after_id=position)
    following = find_next(items)
    shown: dict[str, Any] = {"repositories": [view_starred(item) for item in items[:PAGE_SIZE]]}
    return shown if following is None else {**shown, "next_page": seal_position(services, following)}


@router.post("/user/starred", status_code=201)
async def add(body: StarBody, caller: Caller, services: Services) -> dict[str, str]:
    """Star a repository; it may be starred already."""
    await services.database.write(star_repository.add_star, caller, f"{body.namespace}/{body.repository}")
    return {"namespace": body.namespace, "repository": body.repository}


@router.delete("/user/starred/{repository:path}", status_code=204)
async def remove(repository: RepositoryPath, caller: Caller, services: Services) -> Response:
    """Take the star off, if there is one."""
    await services.database.write(star_repository.remove_star, caller, repository)
    return Response(status_code=204)
