"""Releases of an application repository for the management API and its pages (app-registry 6)."""

from typing import Any

from pierhead.access.api.dependencies import Caller, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.apps.api.views import view_content
from pierhead.apps.channels import list_package_channels
from pierhead.apps.packages import list_contents
from pierhead.repositories.api.paths import RepositoryPath

router = ApiRouter(tags=["repository"])


@router.get("/repository/{repository:path}/releases")
async def list_releases(repository: RepositoryPath, caller: Caller, services: Services) -> dict[str, Any]:
    """Every release with its content and the channels that lead to it, highest version first; and every channel."""
    contents = await services.database.read(list_contents, caller, repository)
    channels = await services.database.read(list_package_channels, caller, repository)
    return {
        "releases": [
            {
                **view_content(repository, content),
                "channels": [channel.name for channel in channels if channel.current == content.release],
            }
            for content in contents
        ],
        "channels": [{"name": channel.name, "current": channel.current, "releases": channel.releases} for channel in channels],
    }
