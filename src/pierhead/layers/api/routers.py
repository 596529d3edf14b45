"""Every router of this room, ready to be put into the application."""

from fastapi import APIRouter

from pierhead.layers.api import files

_API = APIRouter(prefix="/api/v1")
_API.include_router(files.router)

ROUTERS = (_API,)
