"""Add and remove releases: each is a tag on an index that lists one manifest for each media type."""

import hashlib
from dataclasses import dataclass

import msgspec

from pierhead.access.model.identity import Identity
from pierhead.access.model.roles import Role
from pierhead.accounts.model.quotas import NO_QUOTAS, QuotaPolicy
from pierhead.apps import store
from pierhead.apps.content import PackageContent
from pierhead.apps.model import (
    RELEASE_LIST,
    MediaType,
    Release,
    ReleaseContent,
    ReleaseExists,
    ReleaseInUse,
    ReleaseNotFound,
    content_media_type,
    manifest_media_type,
    tag_of,
)
from pierhead.apps.packages import (
    BLOB_DIGEST,
    BLOB_SIZE,
    CREATED,
    MEDIA_TYPE,
    TAR_DIGEST,
    list_channels,
    read_release,
    require_package,
)
from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.registry import artifacts
from pierhead.registry.model.manifests import OCI_INDEX, OCI_MANIFEST, parse_manifest
from pierhead.registry.model.names import TagName
from pierhead.registry.push_manifest import ManifestPush, add_manifest
from pierhead.registry.uploads import FinishedUpload, add_blob
from pierhead.repositories import records
from pierhead.repositories.create_repository import create_named_repository
from pierhead.repositories.log import record
from pierhead.repositories.model import Repository, RepositoryKind
from pierhead.repositories.permissions import may_create

_HOLD_SECONDS = 3600  # of what the same transaction refers to, so any time is enough


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Bytes that lie in the blob store already."""

    digest: str
    size_bytes: int
    storage_key: str

    def as_upload(self) -> FinishedUpload:
        """As the registry takes it."""
        return FinishedUpload(self.digest, None, self.size_bytes, self.storage_key)


@dataclass(frozen=True, slots=True)
class ReleasePush:
    """What a client pushes; `is_public` matters for a package that the push creates."""

    release: Release
    media_type: MediaType
    tar_digest: str
    config: StoredFile
    content: StoredFile
    force: bool
    is_public: bool


def check_push(work: UnitOfWork, identity: Identity, name: str, release: Release, media_type: MediaType, *, force: bool) -> None:
    """Raise what `push_release` would raise, before any byte is stored."""
    if records.find_repository(work, name) is None and may_create(work, identity, name.partition("/")[0]):
        return
    repository = require_package(work, identity, name, Role.WRITE)
    _check_free(read_release(work, repository, release), repository.name, release, media_type, force=force)


def push_release(
    work: UnitOfWork, identity: Identity, name: str, push: ReleasePush, *, address: str | None, quotas: QuotaPolicy = NO_QUOTAS
) -> list[str]:
    """Add the content, replacing that of the same media type only with `force`; storage keys that turned out to be second copies.

    Creates the repository when there is none and the caller may. Raises ReleaseExists, TagImmutable and NamespaceFull.
    """
    repository = _require_or_create(work, identity, name, push, address)
    records.lock_repository(work, repository)
    present = read_release(work, repository, push.release)
    _check_free(present, name, push.release, push.media_type, force=push.force)
    copies = [
        file.storage_key
        for file in (push.config, push.content)
        if add_blob(work, repository, file.as_upload(), hold_seconds=_HOLD_SECONDS, quotas=quotas).storage_key != file.storage_key
    ]
    added = _add_content(work, repository, identity, push)
    store.note_content(work.connection, repository.id, tar_digest=push.tar_digest, blob_digest=push.content.digest)
    kept = [content for content in present if content.media_type != push.media_type]
    _point(work, repository, identity, push.release, [*kept, added])
    record(work, identity, LogKind.PUSH_REPO, repository, address, release=push.release)
    return copies


def delete_content(
    work: UnitOfWork, identity: Identity, name: str, release: Release, media_type: MediaType, *, address: str | None
) -> ReleaseContent:
    """Take one media type from a release; the last one takes the release with it. Raises ReleaseNotFound and ReleaseInUse."""
    repository = require_package(work, identity, name, Role.WRITE)
    records.lock_repository(work, repository)
    present = read_release(work, repository, release)
    removed = next((content for content in present if content.media_type == media_type), None)
    if removed is None:
        raise ReleaseNotFound(name, release)
    kept = [content for content in present if content is not removed]
    if kept:
        _point(work, repository, identity, release, kept)
    else:
        users = [channel.name for channel in list_channels(work, repository) if channel.current == release]
        if users:
            raise ReleaseInUse(release, users)
        artifacts.remove_tag(work, repository, TagName(tag_of(release)), by=identity.name or "(anonymous)")
    record(work, identity, LogKind.DELETE_TAG, repository, address, release=release, mediatype=media_type)
    return removed


def make_config(release: Release, media_type: MediaType, package: PackageContent) -> bytes:
    """The small file that makes the manifests of two releases with one content differ."""
    facts = {"release": release, "media_type": media_type, "tar_digest": package.tar_digest, "size_bytes": len(package.content)}
    return msgspec.json.encode(facts)


def _require_or_create(work: UnitOfWork, identity: Identity, name: str, push: ReleasePush, address: str | None) -> Repository:
    namespace, _, short = name.partition("/")
    if records.find_repository(work, name) is None and may_create(work, identity, namespace):
        return create_named_repository(
            work,
            identity,
            namespace,
            short,
            is_public=push.is_public,
            kind=RepositoryKind.APPLICATION,
            description="",
            nested_names=False,
            address=address,
        )
    return require_package(work, identity, name, Role.WRITE)


def _check_free(present: list[ReleaseContent], name: str, release: Release, media_type: MediaType, *, force: bool) -> None:
    if not force and any(content.media_type == media_type for content in present):
        raise ReleaseExists(name, release, media_type)


def _add_content(work: UnitOfWork, repository: Repository, identity: Identity, push: ReleasePush) -> ReleaseContent:
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": manifest_media_type(push.media_type),
        "config": _descriptor(manifest_media_type(push.media_type), push.config.digest, push.config.size_bytes),
        "layers": [_descriptor(content_media_type(push.media_type), push.content.digest, push.content.size_bytes)],
    }
    content = msgspec.json.encode(document)
    added = _add(work, repository, identity, OCI_MANIFEST, content, tags=())
    created_at = work.now.isoformat(timespec="seconds").replace("+00:00", "Z")
    return ReleaseContent(
        push.release, push.media_type, added, len(content), push.content.digest, push.tar_digest, push.content.size_bytes, created_at
    )


def _point(work: UnitOfWork, repository: Repository, identity: Identity, release: Release, contents: list[ReleaseContent]) -> None:
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "artifactType": RELEASE_LIST,
        "manifests": [
            {
                **_descriptor(OCI_MANIFEST, content.manifest_digest, content.manifest_bytes),
                "artifactType": manifest_media_type(content.media_type),
                "annotations": {
                    MEDIA_TYPE: content.media_type,
                    BLOB_DIGEST: content.blob_digest,
                    BLOB_SIZE: str(content.size_bytes),
                    TAR_DIGEST: content.tar_digest,
                    CREATED: content.created_at,
                },
            }
            for content in sorted(contents, key=lambda content: content.media_type)
        ],
        "annotations": {"org.opencontainers.image.version": release},
    }
    _add(work, repository, identity, OCI_INDEX, msgspec.json.encode(document), tags=(TagName(tag_of(release)),))


def _add(
    work: UnitOfWork, repository: Repository, identity: Identity, media_type: str, content: bytes, *, tags: tuple[TagName, ...]
) -> str:
    push = ManifestPush(parse_manifest(media_type, content), content, None, tags)
    return add_manifest(work, repository, push, moved_by=identity.name or "(anonymous)", hold_seconds=_HOLD_SECONDS).sha256


def _descriptor(media_type: str, digest: str, size_bytes: int) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest, "size": size_bytes}


def hash_bytes(content: bytes) -> str:
    """The whole sha256 digest."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
