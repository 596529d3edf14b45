"""Manifests and blobs as they are stored, for verbs of the rooms above; permissions are theirs to check."""

from collections.abc import Iterable
from dataclasses import dataclass

from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.errors import ManifestUnknown, TagExpired
from pierhead.registry.model.names import Digest, TagName, parse_digest
from pierhead.registry.model.stored import StoredBlob
from pierhead.registry.store import blobs as blob_store
from pierhead.registry.store import manifests as manifest_store
from pierhead.registry.store import tags as tag_store
from pierhead.registry.store.manifests import StoredManifest
from pierhead.repositories.model import Repository


@dataclass(frozen=True, slots=True)
class ManifestRecord:
    """A manifest of one repository with its bytes; `sha256` is its digest by that algorithm."""

    id: int
    sha256: str
    media_type: str
    content: bytes


def read_tag(work: UnitOfWork, repository: Repository, tag: TagName) -> ManifestRecord:
    """The manifest that a living tag points at. Raises ManifestUnknown, and TagExpired for a tag that existed."""
    target = tag_store.find_target(work.connection, repository.name, tag)
    if target is None or target.manifest is None or not target.is_alive(work.now_ms):
        raise TagExpired(tag) if target is not None and target.has_tag else ManifestUnknown(tag)
    return _with_content(work, target.manifest)


def read_manifest(work: UnitOfWork, repository: Repository, digest: Digest) -> ManifestRecord:
    """The manifest of a digest, tagged or not. Raises ManifestUnknown."""
    found = find_manifest(work, repository.id, digest)
    if found is None:
        raise ManifestUnknown(str(digest))
    return found


def find_manifest(work: UnitOfWork, repository_id: int, digest: Digest) -> ManifestRecord | None:
    """As `read_manifest`; None when the repository does not hold it."""
    found = manifest_store.find_manifest(work.connection, repository_id, digest)
    return None if found is None else _with_content(work, found)


def find_blob(work: UnitOfWork, digest: Digest) -> StoredBlob | None:
    """The blob of this content, whichever repository holds it."""
    return blob_store.find_blob(work.connection, digest)


def find_blobs(work: UnitOfWork, repository: Repository, digests: Iterable[str]) -> dict[str, StoredBlob]:
    """Those of the blobs that the repository holds, by the digests as they were given."""
    found: dict[str, StoredBlob] = {}
    for digest in dict.fromkeys(digests):
        blob = blob_store.find_blob_in_repository(work.connection, repository.id, parse_digest(digest))
        if blob is not None:
            found[digest] = blob
    return found


def _with_content(work: UnitOfWork, found: StoredManifest) -> ManifestRecord:
    content = manifest_store.find_content(work.connection, found.id)
    if content is None:
        raise ManifestUnknown(found.sha256)
    return ManifestRecord(found.id, found.sha256, found.media_type, content)
