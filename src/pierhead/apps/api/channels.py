"""Channels of a package (app-registry 2)."""

from fastapi import APIRouter

from pierhead.apps import channels as verbs
from pierhead.apps.api.dependencies import Address, Caller, PackageName, Services
from pierhead.apps.api.views import view_channel
from pierhead.apps.model import parse_channel, parse_release

router = APIRouter()
_CHANNELS = "/api/v1/packages/{namespace}/{package}/channels"


@router.get(_CHANNELS)
async def list_channels(name: PackageName, services: Services, caller: Caller) -> list[dict[str, object]]:
    """All channels by name."""
    return [view_channel(channel) for channel in await services.database.read(verbs.list_package_channels, caller, name)]


@router.get(_CHANNELS + "/{channel}")
async def show_channel(name: PackageName, channel: str, services: Services, caller: Caller) -> dict[str, object]:
    """One channel."""
    return view_channel(await services.database.read(verbs.get_package_channel, caller, name, channel))


@router.post(_CHANNELS + "/{channel}/{release}")
async def move_channel(
    name: PackageName, channel: str, release: str, services: Services, caller: Caller, address: Address
) -> dict[str, object]:
    """Let a channel lead to a release."""
    moved = await services.database.write(verbs.move_channel, caller, name, parse_channel(channel), parse_release(release), address=address)
    return view_channel(moved)


@router.delete(_CHANNELS + "/{channel}/{release}")
async def remove_release(
    name: PackageName, channel: str, release: str, services: Services, caller: Caller, address: Address
) -> dict[str, str]:
    """Take a release from a channel."""
    await services.database.write(verbs.remove_from_channel, caller, name, parse_channel(channel), parse_release(release), address=address)
    return {"status": "deleted", "package": name, "name": channel, "release": release}


@router.delete(_CHANNELS + "/{channel}")
async def delete_channel(name: PackageName, channel: str, services: Services, caller: Caller, address: Address) -> dict[str, str]:
    """Remove a channel."""
    await services.database.write(verbs.delete_channel, caller, name, parse_channel(channel), address=address)
    return {"channel": channel, "package": name, "action": "delete"}
