"""Every router of this room's management API, ready to be put into the application."""

from fastapi import APIRouter

from pierhead.registry.api import bulk, manifests, policies, tags, time_machine

# What has more behind the repository stands first: a repository's path takes any number of slashes.
_API = APIRouter(prefix="/api/v1")
for _router in (manifests.router, time_machine.router, bulk.router, tags.router, *policies.ROUTERS):
    _API.include_router(_router)

ROUTERS = (_API,)
"""They stand before the routers of repositories that take any path."""
