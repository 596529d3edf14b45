"""The routes of this room that belong to the management API."""

from fastapi import APIRouter

from pierhead.apps.api import charts

_API = APIRouter(prefix="/api/v1")
_API.include_router(charts.router)

ROUTERS = (_API,)
