"""Find and unlink blobs of a repository (registry-protocol 4)."""

from pierhead.platform.database import UnitOfWork
from pierhead.registry.authorize import Caller, require_pull, require_push
from pierhead.registry.holdings import let_go_of_blobs
from pierhead.registry.model.errors import BlobInUse, BlobUnknown
from pierhead.registry.model.names import Digest, RepositoryName
from pierhead.registry.model.stored import StoredBlob
from pierhead.registry.store import blobs as store
from pierhead.registry.store.collector.blobs import mark_unused
from pierhead.repositories import records


def get_blob(work: UnitOfWork, caller: Caller, name: RepositoryName, digest: Digest) -> StoredBlob:
    """The blob, for a caller who may read a repository that holds it. Raises BlobUnknown."""
    repository = require_pull(work, caller, name)
    found = store.find_blob_in_repository(work.connection, repository.id, digest)
    if found is None:
        raise BlobUnknown(str(digest))
    return found


def find_config(work: UnitOfWork, name: RepositoryName, digest: Digest) -> StoredBlob | None:
    """The configuration of an image that is about to be pushed; None when the repository does not hold it. The push checks the caller."""
    repository = records.find_repository(work, name)
    return None if repository is None else store.find_blob_in_repository(work.connection, repository.id, digest)


def delete_blob(work: UnitOfWork, caller: Caller, name: RepositoryName, digest: Digest) -> None:
    """Take the blob from this repository; the bytes go with garbage collection. Raises BlobUnknown and BlobInUse."""
    repository = require_push(work, caller, name)
    found = store.find_blob_in_repository(work.connection, repository.id, digest)
    if found is None or not store.lock_blob(work.connection, found.id):
        raise BlobUnknown(str(digest))
    records.lock_repository(work, repository)
    users = store.list_manifests_using(work.connection, repository.id, found.id, now_ms=work.now_ms)
    if users:
        raise BlobInUse(users)
    if not store.unlink_blob(work.connection, repository.id, found.id):
        raise BlobUnknown(str(digest))
    mark_unused(work.connection, found.id, now_ms=work.now_ms)
    records.change_size(work, repository, -found.size_bytes)
    let_go_of_blobs(work, repository.namespace_id, [found.id])
