"""Every router of this room, ready to be put into the application."""

from fastapi import APIRouter

from pierhead.squash.api import fetch_tag

_API = APIRouter(prefix="/api/v1")
_API.include_router(fetch_tag.router)

ROUTERS = (_API,)
