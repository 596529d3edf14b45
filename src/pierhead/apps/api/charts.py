"""Helm charts in image repositories, shown as what they are (app-registry 7)."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Depends, Request

from pierhead.access.api.dependencies import Caller, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.apps.helm import get_chart, read_chart
from pierhead.apps.services import AppServices
from pierhead.registry.model.names import parse_digest
from pierhead.repositories.api.paths import RepositoryPath

router = ApiRouter(tags=["manifest"])


def find_apps(request: Request) -> AppServices:
    """The services that the composition root put into the application's state as `apps`."""
    services: AppServices = request.app.state.apps
    return services


@router.get("/repository/{repository:path}/manifest/{digest}/chart")
async def show_chart(
    repository: RepositoryPath, digest: str, caller: Caller, services: Services, apps: Annotated[AppServices, Depends(find_apps)]
) -> dict[str, Any]:
    """Metadata (Chart.yaml), values, schema, read-me and file names of a Helm chart."""
    stored = await services.database.read(get_chart, caller, repository, parse_digest(digest))
    return asdict(await apps.in_thread(read_chart, apps.blobs, stored))
