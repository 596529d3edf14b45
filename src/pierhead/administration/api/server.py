"""The server as a whole: its size, its settings, what has changed in it, its end (api-v1/admin, section 1)."""

from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, Request, Response

from pierhead.access.api.dependencies import FreshUser, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.access.model.errors import FeatureDisabled
from pierhead.administration import registry_size
from pierhead.administration.superuser import require_superuser

router = ApiRouter()

_CHANGELOG = "CHANGELOG.md"


def find_settings_dump(request: Request) -> Callable[[], Mapping[str, Any]]:
    """What the composition root put into the application's state as `settings_dump`. Raises FeatureDisabled where it put nothing."""
    dump: Callable[[], Mapping[str, Any]] | None = getattr(request.app.state, "settings_dump", None)
    if dump is None:
        raise FeatureDisabled
    return dump


def find_shutdown(request: Request) -> Callable[[], None]:
    """As `find_settings_dump`, for `shutdown`."""
    shutdown: Callable[[], None] | None = getattr(request.app.state, "shutdown", None)
    if shutdown is None:
        raise FeatureDisabled
    return shutdown


@router.get("/superuser/registrystatus", operation_id="scRegistryStatus")
async def get_registry_status() -> dict[str, str]:
    """A server that answers is ready: its database is set up before it starts."""
    return {"status": "ready"}


@router.get("/superuser/registrysize/", operation_id="getRegistrySize")
async def get_registry_size(caller: FreshUser, services: Services) -> dict[str, Any]:
    """The last count of all blobs, and whether another is on its way."""
    size = await services.database.read(registry_size.get_registry_size, caller.identity)
    return {"size_bytes": size.size_bytes, "last_ran": size.counted_ms, "running": size.is_running, "queued": size.is_queued}


@router.post("/superuser/registrysize/", status_code=201, operation_id="queueRegistrySizeCalculation")
async def count_registry_size(caller: FreshUser, services: Services) -> Response:
    """Have all blobs counted; 202 when that has been asked for already."""
    is_new = await services.database.write(registry_size.count_registry_size, caller.identity)
    return Response(status_code=201 if is_new else 202)


@router.get("/superuser/changelog/", operation_id="getChangeLog")
async def get_changelog(caller: FreshUser) -> dict[str, str]:
    """What has changed from release to release, in Markdown."""
    require_superuser(caller.identity, reads=True)
    return {"log": _read_changelog()}


@router.get("/superuser/config")
async def get_settings(
    caller: FreshUser, dump: Annotated[Callable[[], Mapping[str, Any]], Depends(find_settings_dump)]
) -> Mapping[str, Any]:
    """Every setting, secrets masked."""
    require_superuser(caller.identity, reads=True)
    return dump()


@router.post("/superuser/shutdown", operation_id="scShutdownContainer")
async def shut_down(
    caller: FreshUser, after: BackgroundTasks, shutdown: Annotated[Callable[[], None], Depends(find_shutdown)]
) -> dict[str, Any]:
    """End the server after this answer, as SIGTERM does: running requests are finished first."""
    require_superuser(caller.identity)
    after.add_task(shutdown)
    return {}


def _read_changelog() -> str:
    """It lies in the installed package, or at the top of the checkout."""
    packed = resources.files("pierhead").joinpath(_CHANGELOG)
    if packed.is_file():
        return packed.read_text(encoding="utf-8")
    checkout = Path(__file__).parents[4] / _CHANGELOG
    return checkout.read_text(encoding="utf-8") if checkout.is_file() else ""
