"""Health pages: is this process able to work, and are the parts behind it?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from fastapi import APIRouter
from fastapi.responses import JSONResponse

from pierhead.platform.errors import PierheadError

Check = Callable[[], Awaitable[None]]
"""Returns when the part works, raises when it does not."""

Revision = Callable[[], Awaitable[str | None]]
"""Asks for the revision of the database's schema."""

_SECONDS = 10
_log = structlog.get_logger("pierhead.health")


def create_health_router(instance: Mapping[str, Check], endtoend: Mapping[str, Check], revision: Revision) -> APIRouter:
    """The routes under `/health`; `endtoend` checks go in addition to those of the instance (background 5)."""
    router = APIRouter(tags=["health"])

    async def answer(checks: Mapping[str, Check]) -> JSONResponse:
        results = await asyncio.gather(*(_works(name, check) for name, check in checks.items()))
        status = 200 if all(results) else 503
        body = {"data": {"services": dict(zip(checks, results, strict=True))}, "status_code": status}
        return JSONResponse(body, status, {"Cache-Control": "no-store"})

    @router.get("/health", summary="As /health/instance")
    @router.get("/health/instance", summary="Whether this process can work")
    async def check_instance() -> JSONResponse:
        return await answer(instance)

    @router.get("/status", summary="As /health/endtoend")
    @router.get("/health/endtoend", summary="Whether everything behind this process works, storage too")
    async def check_everything() -> JSONResponse:
        return await answer({**instance, **endtoend})

    @router.get("/health/dbrevision", summary="The revision of the database's schema")
    async def show_revision() -> JSONResponse:
        return JSONResponse({"data": {"db_revision": await revision()}, "status_code": 200})

    @router.get("/_internal_ping")
    @router.get("/v1/_internal_ping")
    async def ping() -> JSONResponse:
        return JSONResponse(content=True)

    return router


async def _works(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            await check()
    except (PierheadError, TimeoutError, OSError) as error:
        _log.warning("health check failed", part=name, reason=str(error) or type(error).__name__)
        return False
    return True
