"""Read what a repository holds and end its tags, for verbs of the rooms above, which have checked the caller."""

from typing import NamedTuple

from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.errors import ManifestUnknown, TagImmutable
from pierhead.registry.model.names import Digest, TagName
from pierhead.registry.model.stored import StoredBlob
from pierhead.registry.model.tags import EndReason
from pierhead.registry.move_tag import end_tag
from pierhead.registry.store import blobs as blob_store
from pierhead.registry.store import manifests as store
from pierhead.registry.store import tags as tag_store
from pierhead.repositories import records
from pierhead.repositories.model import Repository
from pierhead.repositories.services import RepositoryTag


class Artifact(NamedTuple):
    """A manifest and its bytes; `digest` is its sha256 one."""

    digest: str
    media_type: str
    content: bytes


def find_tagged(work: UnitOfWork, repository: Repository, tag: TagName) -> Artifact | None:
    """The manifest under a living tag."""
    target = tag_store.find_target(work.connection, repository.name, tag)
    if target is None or target.manifest is None or not target.is_alive(work.now_ms):
        return None
    return _read(work, target.manifest)


def find_manifest(work: UnitOfWork, repository: Repository, digest: Digest) -> Artifact | None:
    """The manifest of a digest, tagged or not."""
    found = store.find_manifest(work.connection, repository.id, digest)
    return None if found is None else _read(work, found)


def find_blob(work: UnitOfWork, repository: Repository, digest: Digest) -> StoredBlob | None:
    """The blob of a digest, when the repository holds it."""
    return blob_store.find_blob_in_repository(work.connection, repository.id, digest)


def list_living_tags(work: UnitOfWork, repository: Repository, *, maximum: int) -> list[RepositoryTag]:
    """Living tags in byte order."""
    rows = tag_store.list_living(work.connection, repository.id, maximum=maximum, now_ms=work.now_ms)
    return [RepositoryTag(*row) for row in rows]


def remove_tag(work: UnitOfWork, repository: Repository, tag: TagName, *, by: str) -> None:
    """End a living tag; the caller keeps its own record of the change. Raises ManifestUnknown and TagImmutable."""
    records.lock_repository(work, repository)
    newest = tag_store.find_newest(work.connection, repository.id, tag)
    if newest is None or not newest.is_alive(work.now_ms):
        raise ManifestUnknown(tag)
    if newest.immutable:
        raise TagImmutable(tag)
    end_tag(work, repository, tag, newest, reason=EndReason.DELETED, by=by)


def _read(work: UnitOfWork, found: store.StoredManifest) -> Artifact | None:
    content = store.find_content(work.connection, found.id)
    return None if content is None else Artifact(found.sha256, found.media_type, content)
