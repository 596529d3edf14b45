"""The server as a whole: its size, its settings, what has changed in it, its end (api-v1/admin, section 1)."""

from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from fastapi import BackgroundTasks, Request, Response

from pierhead.access.api.dependencies import FreshUser, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.access.model.errors import FeatureDisabled
from pierhead.accounts.users import is_empty
from pierhead.administration import registry_size
from pierhead.administration.superuser import require_superuser

router = ApiRouter()

_CHANGELOG = "CHANGELOG.md"


@router.get("/superuser/registrystatus", operation_id="scRegistryStatus")
async def get_registry_status(services: Services) -> dict[str, str]:
    """Whether the server is ready, or waits for its first user, whom `POST /api/v1/user/initialize` makes."""
    waits = services.options.user_initialize and await services.database.read(is_empty)
    return {"status": "setup-incomplete" if waits else "ready"}


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
async def get_settings(request: Request, caller: FreshUser) -> Mapping[str, Any]:
    """Every setting, secrets masked; 404 unless the settings allow it."""
    require_superuser(caller.identity, reads=True)
    dump: Mapping[str, Any] = _find_switched(request, "settings_dump")()
    return dump


@router.post("/superuser/shutdown", operation_id="scShutdownContainer")
async def shut_down(request: Request, caller: FreshUser, after: BackgroundTasks) -> dict[str, Any]:
    """End the server after this answer, as SIGTERM does: running requests are finished first. 404 unless the settings allow it."""
    require_superuser(caller.identity)
    after.add_task(_find_switched(request, "shutdown"))
    return {}


def _find_switched(request: Request, name: str) -> Callable[[], Any]:
    """What the composition root put into the application's state. Raises FeatureDisabled where it put nothing."""
    found: Callable[[], Any] | None = getattr(request.app.state, name, None)
    if found is None:
        raise FeatureDisabled
    return found


def _read_changelog() -> str:
    """It lies in the installed package, or at the top of the checkout."""
    packed = resources.files("pierhead").joinpath(_CHANGELOG)
    if packed.is_file():
        return packed.read_text(encoding="utf-8")
    checkout = Path(__file__).parents[4] / _CHANGELOG
    return checkout.read_text(encoding="utf-8") if checkout.is_file() else ""
