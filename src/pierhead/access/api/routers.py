"""Every router of this room, ready to be put into the application."""

from fastapi import APIRouter

from pierhead.access.api import (
    application_tokens,
    config,
    error_types,
    federation,
    oauth_applications,
    oauth_authorizations,
    organizations,
    robots,
    signin,
    teams,
    users,
)

_API = APIRouter(prefix="/api/v1")
for _module in (signin, users, application_tokens, organizations, teams, robots, oauth_applications, oauth_authorizations, error_types):
    _API.include_router(_module.router)

ROUTERS = (_API, signin.outside_router, federation.outside_router, config.outside_router)
"""The routes below `/api/v1`, `/oauth2`, `/csrf_token` and `/config`."""
