"""Read what a repository holds and end its tags, for verbs of the rooms above, which have checked the caller."""

from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.errors import ManifestUnknown, TagExpired, TagImmutable
from pierhead.registry.model.names import Digest, TagName
from pierhead.registry.model.stored import StoredBlob
from pierhead.registry.model.tags import EndReason
from pierhead.registry.move_tag import end_tag
from pierhead.registry.records import ManifestRecord, read_tag
from pierhead.registry.store import blobs as blob_store
from pierhead.registry.store import tags as tag_store
from pierhead.repositories import records
from pierhead.repositories.model import Repository
from pierhead.repositories.services import RepositoryTag


def find_tagged(work: UnitOfWork, repository: Repository, tag: TagName) -> ManifestRecord | None:
    """The manifest under a living tag."""
    try:
        return read_tag(work, repository, tag)
    except (ManifestUnknown, TagExpired):
        return None


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
