"""Every router of this room, ready to be put into the application."""

from fastapi import APIRouter

from pierhead.administration.api import logs

_API = APIRouter(prefix="/api/v1")
for _module in (logs,):
    _API.include_router(_module.router)

ROUTERS = (_API,)
