"""What is left of the protocol before `/v2` (registry-protocol 10)."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

router = APIRouter(tags=["registry"])


@router.get("/v1/_ping", summary="Tells old Docker clients that a registry is here")
async def ping() -> JSONResponse:
    """Anonymous; the protocol itself is not offered."""
    return JSONResponse(content=True, headers={"X-Docker-Registry-Version": "0.6.0", "X-Docker-Registry-Standalone": "0"})
