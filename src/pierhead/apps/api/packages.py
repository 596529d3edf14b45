"""Push, find and pull packages (app-registry 2)."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from pierhead.apps import packages as verbs
from pierhead.apps.api.dependencies import Address, Caller, PackageName, Services, parse_basic, read_body
from pierhead.apps.api.views import name_file, view_content, view_package
from pierhead.apps.content import read_package
from pierhead.apps.model import MediaType, parse_media_type, parse_release
from pierhead.apps.push_release import ReleasePush, StoredFile, check_push, delete_content, hash_bytes, make_config, push_release
from pierhead.apps.services import AppServices
from pierhead.platform.blobstore.base import BlobReader
from pierhead.registry.model.errors import RegistryReadOnly
from pierhead.registry.model.names import parse_digest
from pierhead.registry.uploads import new_storage_key

router = APIRouter()
_PIECE = 1024 * 1024
_LOGIN_BYTES = 16 * 1024
_VERSION = {"cnr-api": "0.2.7"}


class PushBody(msgspec.Struct):
    """A release and its content: base64 of a gzipped tar."""

    release: str
    media_type: str
    blob: str
    visibility: str = "private"


class Credentials(msgspec.Struct):
    """What a client signs in with."""

    username: str
    password: str


class LoginBody(msgspec.Struct):
    """Credentials in an envelope."""

    user: Credentials


@router.get("/version")
async def get_version() -> dict[str, str]:
    """The version of the protocol."""
    return _VERSION


@router.post("/api/v1/users/login")
async def login(request: Request, services: Services, address: Address) -> dict[str, str]:
    """Check credentials; the token goes into the `Authorization` header of further calls."""
    body = await read_body(request, LoginBody, maximum_bytes=_LOGIN_BYTES)
    token = "basic " + base64.b64encode(f"{body.user.username}:{body.user.password}".encode()).decode()
    username, password = parse_basic(token)
    await services.authenticate(username, password, address or "")
    return {"token": token}


@router.get("/api/v1/packages")
async def list_packages(
    services: Services, caller: Caller, namespace: str | None = None, media_type: str | None = None, query: str | None = None
) -> list[dict[str, object]]:
    """Packages that the caller may see, at most 50."""
    found = await services.database.read(verbs.list_packages, caller, namespace=namespace, media_type=media_type, query=query)
    return [view_package(package) for package in found]


@router.get("/api/v1/packages/search")
async def search_packages(services: Services, caller: Caller, q: str = "") -> list[str]:
    """Names of packages that hold the text."""
    return await services.database.read(verbs.search_packages, caller, q)


@router.post("/api/v1/packages/{namespace}/{package}")
async def push(
    request: Request, name: PackageName, services: Services, caller: Caller, address: Address, force: str = "false"
) -> dict[str, str]:
    """Add a release, and the package when there is none."""
    if not services.takes_pushes:
        raise RegistryReadOnly
    body = await read_body(request, PushBody, maximum_bytes=services.maximum_package_bytes)
    release, media_type = parse_release(body.release), parse_media_type(body.media_type)
    replaces = force.lower() == "true"
    await services.database.read(check_push, caller, name, release, media_type, force=replaces)
    package = await services.in_thread(_read_package, body.blob, services.maximum_package_bytes)
    config = make_config(release, media_type, package)
    stored = [
        await services.in_thread(_store, services, hash_bytes(config), config),
        await services.in_thread(_store, services, package.digest, package.content),
    ]
    is_public = body.visibility == "public"
    pushed = ReleasePush(release, media_type, package.tar_digest, stored[0], stored[1], replaces, is_public)
    unused = [file.storage_key for file in stored]
    try:
        unused = await services.database.write(push_release, caller, name, pushed, address=address, quotas=services.quotas)
    finally:
        await services.in_thread(services.blobs.delete, unused)
    return {"status": "ok"}


@router.get("/api/v1/packages/{namespace}/{package}")
async def list_releases(name: PackageName, services: Services, caller: Caller) -> list[dict[str, object]]:
    """The releases of a package, highest version first."""
    return [view_content(name, content) for content in await services.database.read(verbs.list_contents, caller, name)]


@router.get("/api/v1/packages/{namespace}/{package}/blobs/sha256/{digest}")
async def pull_blob(name: PackageName, digest: str, services: Services, caller: Caller, format: str | None = None) -> Any:  # noqa: A002 - the protocol's own word
    """The content of a digest."""
    found = await services.database.read(verbs.get_blob, caller, name, parse_digest(f"sha256:{digest}"))
    reader = await services.in_thread(services.blobs.open, found.storage_key)
    filename = name_file(name, digest)
    if format == "json":
        return {"package": name, "blob": await _read_all(services, reader), "filename": filename}
    return _send(services, reader, filename)


@router.get("/api/v1/packages/{namespace}/{package}/{release}")
async def list_manifests(name: PackageName, release: str, services: Services, caller: Caller) -> list[dict[str, object]]:
    """What a release holds, by media type."""
    return [view_content(name, content) for content in await services.database.read(verbs.get_release, caller, name, release)]


@router.get("/api/v1/packages/{namespace}/{package}/{release}/{media_type}")
async def show_release(name: PackageName, release: str, media_type: str, services: Services, caller: Caller) -> dict[str, object]:
    """The content of a release for one media type, and the channels that lead to it."""
    content, channels = await services.database.read(verbs.get_content, caller, name, release, media_type)
    return {**view_content(name, content), "channels": channels}


@router.delete("/api/v1/packages/{namespace}/{package}/{release}/{media_type}")
async def delete_release(
    name: PackageName, release: str, media_type: str, services: Services, caller: Caller, address: Address
) -> dict[str, str]:
    """Take the content of one media type from a release."""
    removed = await services.database.write(delete_content, caller, name, parse_release(release), MediaType(media_type), address=address)
    return {"status": "deleted", "package": name, "release": removed.release}


@router.get("/api/v1/packages/{namespace}/{package}/{release}/{media_type}/pull")
async def pull_release(
    name: PackageName,
    release: str,
    media_type: str,
    services: Services,
    caller: Caller,
    address: Address,
    format: str | None = None,  # noqa: A002
) -> Any:
    """The content of a release."""
    found = await services.database.read(verbs.get_content_blob, caller, name, release, media_type)
    reader = await services.in_thread(services.blobs.open, found.blob.storage_key)
    content, repository = found.content, found.repository
    services.pulls.count(repository.namespace_id, repository.id, content.release, content.manifest_digest, caller, address)
    filename = name_file(name, content.release)
    if format == "json":
        return {"package": name, "blob": await _read_all(services, reader), "release": content.release, "filename": filename}
    return _send(services, reader, filename)


def _read_package(blob: str, maximum_bytes: int) -> Any:
    return read_package(blob, maximum_bytes=maximum_bytes)


def _store(services: AppServices, digest: str, content: bytes) -> StoredFile:
    key = services.blobs.put(new_storage_key(parse_digest(digest)), content)
    return StoredFile(digest, len(content), key)


async def _read_all(services: AppServices, reader: BlobReader) -> str:
    try:
        content = await services.in_thread(reader.read, 0, reader.size_bytes)
    finally:
        await services.in_thread(reader.close)
    return base64.b64encode(content).decode()


def _send(services: AppServices, reader: BlobReader, filename: str) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{filename}"', "Content-Length": str(reader.size_bytes)}
    return StreamingResponse(_stream(services, reader), media_type="application/x-gzip", headers=headers)


async def _stream(services: AppServices, reader: BlobReader) -> AsyncIterator[bytes]:
    try:
        for offset in range(0, reader.size_bytes, _PIECE):
            yield await services.in_thread(reader.read, offset, _PIECE)
    finally:
        await services.in_thread(reader.close)
