"""Every router of this room, ready to be put into the application."""

from fastapi import APIRouter

from pierhead.repositories.api import default_permissions, holders, legacy_tokens, permissions, repositories, search, stars

_API = APIRouter(prefix="/api/v1")
for _module in (stars, search, permissions, holders, default_permissions, legacy_tokens, repositories):
    _API.include_router(_module.router)
_LAST = APIRouter(prefix="/api/v1")
_LAST.include_router(repositories.last)

ROUTERS = (_API,)
LAST = (_LAST,)
"""Those of `LAST` take any path that begins with a repository, so they stand behind the routers of every other room."""
