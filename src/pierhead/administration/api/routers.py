"""Every router of this room, ready to be put into the application."""

from fastapi import APIRouter

from pierhead.administration.api import (
    accounts,
    background_work,
    collector,
    discovery,
    keys,
    log_exports,
    log_files,
    logs,
    messages,
    quotas,
    renames,
    server,
)

_API = APIRouter(prefix="/api/v1")
for _module in (logs, log_files, log_exports, accounts, background_work, collector, discovery, keys, messages, quotas, renames, server):
    _API.include_router(_module.router)

ROUTERS = (_API, keys.outside_router, log_exports.outside_router)
"""The routes below `/api/v1`, `/keys/services` and `/exportedlogs`."""
