"""Delete a manifest by digest, with every tag on it (registry-protocol 6.2)."""

from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.registry.authorize import Caller, require_push
from pierhead.registry.model.errors import ManifestUnknown, TagImmutable
from pierhead.registry.model.names import Digest, RepositoryName
from pierhead.registry.move_tag import end_signatures
from pierhead.registry.store import listing
from pierhead.registry.store import manifests as store
from pierhead.repositories import records
from pierhead.repositories.log import record


def delete_manifest(work: UnitOfWork, caller: Caller, name: RepositoryName, digest: Digest) -> list[str]:
    """Stop serving the manifest and end its tags; their names. Raises ManifestUnknown, and TagImmutable with nothing deleted."""
    repository = require_push(work, caller, name)
    records.lock_repository(work, repository)
    found = store.find_manifest(work.connection, repository.id, digest)
    if found is None:
        raise ManifestUnknown(str(digest))
    immutable = store.find_immutable_tag(work.connection, found.id, now_ms=work.now_ms)
    if immutable is not None:
        raise TagImmutable(immutable, "delete")
    tags = store.delete_manifest(work.connection, found.id, now_ms=work.now_ms, by=caller.name)
    subject = store.find_subject(work.connection, found.id)
    if subject is not None:
        listing.refresh_figures(work.connection, repository.id, subject)
    for tag in tags:
        listing.unlist(work.connection, repository.id, tag)
        record(work, caller.identity, LogKind.DELETE_TAG, repository, caller.address, tag=tag, manifest_digest=found.sha256)
    end_signatures(work, repository, found.sha256, by=caller.name)
    return tags
