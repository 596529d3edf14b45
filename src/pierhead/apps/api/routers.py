"""The routes of this room that belong to the management API."""

from fastapi import APIRouter

from pierhead.apps.api import charts, releases

_API = APIRouter(prefix="/api/v1")
for _module in (charts, releases):
    _API.include_router(_module.router)

ROUTERS = (_API,)
