"""Hold what a caller who may push was told to be there: the push that follows refers to it instead of sending it again."""

from pierhead.platform.database import UnitOfWork
from pierhead.registry.authorize import Caller, may_push
from pierhead.registry.model.errors import BlobUnknown, ManifestUnknown
from pierhead.registry.model.names import Digest, RepositoryName
from pierhead.registry.store import blobs as blob_store
from pierhead.registry.store import manifests as manifest_store
from pierhead.repositories import records


def is_fading(held_until_ms: int, *, now_ms: int, hold_seconds: int) -> bool:
    """Whether the collector may look at something soon: less than half of a hold is left."""
    return 0 < held_until_ms < now_ms + hold_seconds * 500


def keep_blob(work: UnitOfWork, caller: Caller, name: RepositoryName, digest: Digest, *, hold_seconds: int) -> None:
    """Hold the blob anew. Nothing happens for a caller who may only pull. Raises BlobUnknown when it was collected meanwhile."""
    repository = records.find_repository(work, name)
    if repository is None or not may_push(work, caller, repository):
        return
    found = blob_store.find_blob_in_repository(work.connection, repository.id, digest)
    until_ms = work.now_ms + hold_seconds * 1000
    if found is None or not blob_store.hold_blob_longer(work.connection, repository.id, found.id, until_ms=until_ms):
        raise BlobUnknown(str(digest))


def keep_manifest(work: UnitOfWork, caller: Caller, name: RepositoryName, digest: Digest, *, hold_seconds: int) -> None:
    """As `keep_blob`. Raises ManifestUnknown."""
    repository = records.find_repository(work, name)
    if repository is None or not may_push(work, caller, repository):
        return
    records.lock_repository(work, repository)
    if not manifest_store.hold_manifest(work.connection, repository.id, digest, until_ms=work.now_ms + hold_seconds * 1000):
        raise ManifestUnknown(str(digest))
