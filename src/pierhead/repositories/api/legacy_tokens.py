"""The old tokens of repositories, which are gone for good (api-v1/repositories, section 2)."""

from fastapi import Request
from fastapi.responses import JSONResponse

from pierhead.access.api.dependencies import Caller, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.access.model.permissions import Passage
from pierhead.access.model.roles import Role
from pierhead.repositories.api.paths import RepositoryPath
from pierhead.repositories.permissions import require_role

router = ApiRouter(tags=["repotoken"])

_GONE = {"message": "Handling of access tokens is no longer supported"}
_BASE = "/repository/{repository:path}/tokens"


@router.api_route(_BASE + "/", methods=["GET", "POST"], include_in_schema=False)
@router.api_route(_BASE + "/{code}", methods=["GET", "PUT", "DELETE"], include_in_schema=False)
async def refuse(repository: RepositoryPath, caller: Caller, services: Services, request: Request) -> JSONResponse:
    """410, for admins of the repository; reads also for whoever reads everything."""
    passage = Passage.BOTH if request.method == "GET" else Passage.SUPERUSERS
    await services.database.read(require_role, caller, repository, Role.ADMIN, passage=passage)
    return JSONResponse(_GONE, 410)
