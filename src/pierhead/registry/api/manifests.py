"""Manifests and their labels (api-v1/repositories, section 5)."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from pierhead.access.api.dependencies import Address, Caller, Services
from pierhead.access.api.routing import ApiRouter, format_date
from pierhead.platform.blobstore.base import BlobStore
from pierhead.registry import describe_manifest as verbs
from pierhead.registry.api.dependencies import WRITES, TagPath
from pierhead.registry.api.views import format_ms, view_label
from pierhead.registry.model.image_layers import ImageLayer, list_layers
from pierhead.registry.model.names import Digest, parse_digest
from pierhead.registry.model.stored import StoredBlob
from pierhead.repositories.api.paths import RepositoryPath

router = ApiRouter(tags=["manifest"])

_BASE = "/repository/{repository:path}/manifest/{manifest_digest}"
_INDEX = "index"


def parse_digest_path(manifest_digest: str) -> Digest:
    """Raises DigestInvalid."""
    return parse_digest(manifest_digest)


DigestPath = Annotated[Digest, Depends(parse_digest_path)]


class LabelBody(BaseModel):
    """A label; without a media type JSON is recognised and everything else is plain text."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"key": "owner", "value": "harbour", "media_type": "text/plain"}]})

    key: Annotated[str, Field(max_length=255)]
    value: Annotated[str, Field(max_length=64 * 1024)]
    media_type: str | None = None


@router.get(_BASE + "/labels")
async def list_all(
    repository: RepositoryPath,
    digest: DigestPath,
    caller: Caller,
    services: Services,
    prefix: Annotated[str, Query(alias="filter", max_length=255)] = "",
) -> dict[str, Any]:
    """Labels of the image, and those that people added; `filter` takes the beginning of a key."""
    labels = await services.database.read(verbs.list_labels, caller, repository, digest, prefix)
    return {"labels": [view_label(label) for label in labels]}


@router.post(_BASE + "/labels", status_code=201, dependencies=WRITES)
async def add(
    repository: RepositoryPath,
    digest: DigestPath,
    body: LabelBody,
    caller: Caller,
    services: Services,
    address: Address,
    request: Request,
    response: Response,
) -> dict[str, Any]:
    """A further label."""
    label = await services.database.write(
        verbs.add_label, caller, repository, digest, body.key, body.value, body.media_type, address=address
    )
    response.headers["Location"] = f"{str(request.url).rstrip('/')}/{label.uuid}"
    return {"label": view_label(label)}


@router.get(_BASE + "/labels/{label}")
async def get_label(repository: RepositoryPath, digest: DigestPath, label: str, caller: Caller, services: Services) -> dict[str, Any]:
    """One label."""
    return view_label(await services.database.read(verbs.get_label, caller, repository, digest, label))


@router.delete(_BASE + "/labels/{label}", status_code=204, dependencies=WRITES)
async def delete_label(
    repository: RepositoryPath, digest: DigestPath, label: str, caller: Caller, services: Services, address: Address
) -> Response:
    """Remove a label that people added."""
    await services.database.write(verbs.delete_label, caller, repository, digest, label, address=address)
    return Response(status_code=204)


@router.get(_BASE + "/pull_statistics")
async def get_pulls(repository: RepositoryPath, digest: DigestPath, caller: Caller, services: Services) -> dict[str, Any]:
    """How often the manifest was pulled, by tag and by digest."""
    row = await services.database.read(verbs.get_manifest_pulls, caller, repository, digest)
    return {
        "manifest_digest": row.sha256,
        "manifest_pull_count": row.pulls,
        "last_manifest_pull_date": format_ms(row.last_pulled_ms or None),
    }


@router.get("/repository/{repository:path}/tag/{tag}/pull_statistics")
async def get_tag_pulls(repository: RepositoryPath, tag: TagPath, caller: Caller, services: Services) -> dict[str, Any]:
    """How often the tag was pulled, and the manifest that it points at."""
    found, row = await services.database.read(verbs.get_tag_pulls, caller, repository, tag)
    return {
        "tag_name": found.name,
        "tag_pull_count": found.pulls,
        "last_tag_pull_date": format_ms(found.last_pulled_ms),
        "current_manifest_digest": found.digest,
        "manifest_pull_count": row.pulls if row else 0,
        "last_manifest_pull_date": format_ms((row.last_pulled_ms if row else 0) or None),
    }


@router.get(_BASE)
async def get(
    repository: RepositoryPath,
    digest: DigestPath,
    caller: Caller,
    services: Services,
    request: Request,
) -> dict[str, Any]:
    """The manifest, and its layers with the commands that made them."""
    page = await services.database.read(verbs.describe_manifest, caller, repository, digest)
    is_index = page.row.kind == _INDEX
    layers = None
    if not is_index:
        config = None if page.config is None else await asyncio.to_thread(_read, request.app.state.blobs, page.config)
        layers = [_view_layer(layer) for layer in list_layers(page.content, config)]
    return {
        "digest": str(digest),
        "is_manifest_list": is_index,
        "manifest_data": page.content.decode(errors="replace"),
        "config_media_type": page.config_type,
        "layers_compressed_size": 0 if is_index else page.row.content_bytes,
        "layers": layers,
    }


def _read(blobs: BlobStore, stored: StoredBlob) -> bytes:
    reader = blobs.open(stored.storage_key)
    try:
        return reader.read(0, stored.size_bytes)
    finally:
        reader.close()


def _view_layer(layer: ImageLayer) -> dict[str, Any]:
    return {
        "index": layer.index,
        "compressed_size": layer.size_bytes,
        "is_remote": bool(layer.urls),
        "urls": list(layer.urls) or None,
        "command": None if layer.command is None else [layer.command],
        "comment": layer.comment,
        "author": layer.author,
        "blob_digest": layer.digest,
        "created_datetime": _format_created(layer.created),
    }


def _format_created(text: str | None) -> str | None:
    """What does not look like a time is not shown. Some tools write more digits of a second than Python reads."""
    if text is None:
        return None
    try:
        return format_date(datetime.fromisoformat(text[:19] + "+00:00"))
    except ValueError:
        return None
