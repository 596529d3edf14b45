"""Every router of this room, ready to be put into the application."""

from fastapi import APIRouter

from pierhead.access.api import (
    application_tokens,
    config,
    conversion,
    error_types,
    external_login,
    federation,
    invitations,
    mail_links,
    oauth_applications,
    oauth_authorizations,
    oauth_server,
    organizations,
    robots,
    signin,
    team_sync,
    teams,
    users,
)

_API = APIRouter(prefix="/api/v1")
for _module in (
    signin,
    external_login,
    users,
    conversion,
    mail_links,
    application_tokens,
    organizations,
    teams,
    team_sync,
    invitations,
    robots,
    oauth_applications,
    oauth_authorizations,
    error_types,
):
    _API.include_router(_module.router)

ROUTERS = (
    _API,
    signin.outside_router,
    mail_links.outside_router,
    external_login.outside_router,
    federation.outside_router,
    oauth_server.outside_router,
    config.outside_router,
)
"""The routes below `/api/v1`, `/oauth`, `/oauth2`, `/csrf_token` and `/config`, and where links in mails lead."""
