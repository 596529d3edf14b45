"""The files of an image: walk through its folders, download a file, compare it with another image."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Header, Query
from fastapi.responses import StreamingResponse

from pierhead.access.api.dependencies import Caller, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.access.model.identity import Identity
from pierhead.access.services import AccessServices
from pierhead.layers import browse
from pierhead.layers.api.dependencies import FilePath, OwnServices, PageSize, Platform, Position
from pierhead.layers.api.views import show, view_changes, view_configs, view_folder, view_side, view_status, view_totals
from pierhead.layers.browse import OpenedImage
from pierhead.layers.model.compare import compare_trees, page_changes, read_config
from pierhead.layers.model.entries import normalize_path
from pierhead.layers.model.errors import FileUnknown, LayerInvalid, LayersNotRead
from pierhead.layers.model.tree import Node
from pierhead.layers.read_file import FileReader
from pierhead.layers.services import LayerServices
from pierhead.registry.model.ranges import ByteRange, parse_download_range
from pierhead.registry.model.stored import StoredBlob
from pierhead.repositories.api.paths import RepositoryPath

router = ApiRouter(tags=["manifest"])

_PATH = "/repository/{repository:path}/manifest/{digest}"
_MAXIMUM_CONFIG_BYTES = 8 * 1024 * 1024


async def _open(services: AccessServices, caller: Identity, repository: str, digest: str, platform: str | None) -> OpenedImage:
    """The image; layers that were not read will be."""
    opened = await services.database.read(browse.open_image, caller, repository, digest, platform)
    if not opened.is_read:
        await services.database.write(browse.have_read, opened.image)
    return opened


def _parse(path: str, own: LayerServices) -> bytes:
    """Raises FileUnknown for what no file can be called."""
    try:
        return normalize_path(path.encode(errors="surrogateescape"), own.limits)
    except LayerInvalid:
        raise FileUnknown(path) from None


@router.get(_PATH + "/files")
async def list_files(
    repository: RepositoryPath,
    digest: str,
    caller: Caller,
    services: Services,
    own: OwnServices,
    path: FilePath = "/",
    after: Position = "",
    limit: PageSize = 100,
    platform: Platform = None,
) -> dict[str, Any]:
    """What lies in a folder of the image, with the layer that brought it; `next` is the `after` of the next page."""
    opened = await _open(services, caller, repository, digest, platform)
    if not opened.is_read or opened.failure is not None:
        return view_status(opened)
    tree = await own.threads.run(own.trees.get, opened)
    folder = _parse(path, own)
    return view_folder(opened, folder, tree.list_folder(folder, after=after.encode(errors="surrogateescape"), maximum=limit))


@router.get(_PATH + "/file")
async def download_file(
    repository: RepositoryPath,
    digest: str,
    caller: Caller,
    services: Services,
    own: OwnServices,
    path: FilePath,
    platform: Platform = None,
    range_header: Annotated[str, Header(alias="Range")] = "",
) -> StreamingResponse:
    """The content of a file, or a range of it."""
    opened = await _open(services, caller, repository, digest, platform)
    if not opened.is_read:
        raise LayersNotRead
    tree = await own.threads.run(own.trees.get, opened)
    node = tree.find_file(_parse(path, own))
    size = node.entry.size
    span = parse_download_range(range_header, size) if range_header else None
    sent = span or ByteRange(0, size - 1)
    headers = {
        "Content-Length": str(sent.length),
        "Content-Disposition": "attachment",
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
        **({"Content-Range": f"bytes {span.start}-{span.end}/{size}"} if span else {}),
    }
    content = _send(own, opened.image.layers[node.layer].blob.storage_key, node, sent)
    return StreamingResponse(content, status_code=206 if span else 200, media_type="application/octet-stream", headers=headers)


async def _send(own: LayerServices, key: str, node: Node, span: ByteRange) -> AsyncIterator[bytes]:
    """A client that leaves ends the reading."""
    reader = FileReader(own.blobs, key, node.entry, own.limits)
    try:
        await own.threads.run(reader.go_to, span.start, span.length)
        while piece := await own.threads.run(reader.read):
            yield piece
    finally:
        reader.stop()
        await asyncio.shield(own.threads.run(reader.close))


@router.get(_PATH + "/compare")
async def compare(
    repository: RepositoryPath,
    digest: str,
    caller: Caller,
    services: Services,
    own: OwnServices,
    other: Annotated[str, Query(alias="with", max_length=200)],
    after: Position = "",
    limit: PageSize = 100,
    platform: Platform = None,
) -> dict[str, Any]:
    """What leads from this image to the one of the digest `with`: files, sizes, environment, commands."""
    before = await _open(services, caller, repository, digest, platform)
    later = await _open(services, caller, repository, other, platform)
    for opened in (before, later):
        if not opened.is_read or opened.failure is not None:
            return view_status(opened)
    return await own.threads.run(_compare, own, before, later, after.encode(errors="surrogateescape"), limit)


def _compare(own: LayerServices, before: OpenedImage, later: OpenedImage, after: bytes, limit: int) -> dict[str, Any]:
    old, new = own.trees.get(before), own.trees.get(later)
    changes = compare_trees(old, new)
    some, following = page_changes(changes, after=after, maximum=limit)
    configs = [read_config(_read_small(own, opened.image.config)) for opened in (before, later)]
    shown = {
        "status": "ready",
        "before": view_side(before, old),
        "after": view_side(later, new),
        "files": view_totals(changes),
        "changes": view_changes(some),
        **view_configs(*configs),
    }
    return shown if following is None else {**shown, "next": show(following)}


def _read_small(own: LayerServices, config: StoredBlob) -> bytes:
    reader = own.blobs.open(config.storage_key)
    try:
        return reader.read(0, min(config.size_bytes, _MAXIMUM_CONFIG_BYTES))
    finally:
        reader.close()
