"""What is left of the protocol before `/v2` (registry-protocol 10)."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from pierhead.access.api.dependencies import Address, Services, parse_basic
from pierhead.access.authenticate import authenticate_basic
from pierhead.access.model.errors import InvalidToken
from pierhead.access.model.identity import ANONYMOUS
from pierhead.repositories.search import search_repositories

router = APIRouter(tags=["registry"])

_LONGEST_QUERY = 255


@router.get("/v1/_ping", summary="Tells old Docker clients that a registry is here")
async def ping() -> JSONResponse:
    """Anonymous; the protocol itself is not offered."""
    return JSONResponse(content=True, headers={"X-Docker-Registry-Version": "0.6.0", "X-Docker-Registry-Standalone": "0"})


@router.get("/v1/search", summary="What `docker search` asks")
async def search(
    request: Request,
    services: Services,
    address: Address,
    q: Annotated[str, Query(max_length=_LONGEST_QUERY, pattern="^[^\\x00]*$")] = "",
    n: Annotated[int, Query(ge=1, le=100)] = 25,
) -> JSONResponse:
    """Public repositories, and those that the caller may read; Basic credentials as on `/v2`."""
    identity = ANONYMOUS
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "basic":
            raise InvalidToken("Only Basic authorization is understood here.")
        identity = await authenticate_basic(services, *parse_basic(value), address=address)
    found = await services.database.read(search_repositories, identity, q, maximum=n)
    results = [
        {"name": name, "description": description, "is_official": False, "is_automated": False, "star_count": 0}
        for name, description in found
    ]
    return JSONResponse({"query": q, "num_results": len(results), "results": results})
