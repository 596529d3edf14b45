"""Point a tag somewhere, and end it: the only places where intervals of tags begin and end."""

from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.registry.authorize import Caller, require_push
from pierhead.registry.model.errors import ManifestUnknown, TagImmutable
from pierhead.registry.model.names import RepositoryName, TagName
from pierhead.registry.model.tags import Move
from pierhead.registry.store import tags as store
from pierhead.repositories import records
from pierhead.repositories.log import record
from pierhead.repositories.model import Repository


def point_tag(
    work: UnitOfWork,
    repository: Repository,
    tag: TagName,
    manifest_id: int,
    digest: str,
    *,
    moved_by: str,
    restored: bool = False,
    algorithm: str = "sha256",
) -> Move:
    """End the present interval and begin one at the manifest, in the same millisecond. The caller holds the repository's lock.

    `algorithm` is that of the digest which the tag answers from now on; a sha512 one must have been recorded with the manifest.
    Raises TagImmutable; pointing an immutable tag where it points already changes nothing.
    """
    newest = store.find_newest(work.connection, repository.id, tag)
    # Clocks of several nodes differ a little; an interval never begins before the one it follows.
    at_ms = work.now_ms if newest is None else max(work.now_ms, newest.start_ms)
    alive = newest is not None and (newest.end_ms is None or newest.end_ms > at_ms)
    if newest is not None and alive:
        if newest.immutable:
            if newest.manifest_id == manifest_id:
                return Move(tag, digest, newest.digest)
            raise TagImmutable(tag)
        store.end_interval(work.connection, newest.id, at_ms=at_ms)
    store.begin_interval(
        work.connection, repository.id, tag, manifest_id, algorithm=algorithm, at_ms=at_ms, moved_by=moved_by, restored=restored
    )
    records.note_push(work, repository)
    return Move(tag, digest, newest.digest if newest is not None and alive else None)


def delete_tag(work: UnitOfWork, caller: Caller, name: RepositoryName, tag: TagName) -> Move:
    """End the tag; its manifest stays for the time machine (specification S2.8, S2.9). Raises ManifestUnknown and TagImmutable."""
    repository = require_push(work, caller, name)
    move = end_tag(work, repository, tag)
    record(work, caller.identity, LogKind.DELETE_TAG, repository, caller.address, tag=tag, manifest_digest=move.digest)
    return move


def end_tag(work: UnitOfWork, repository: Repository, tag: TagName) -> Move:
    """As `delete_tag`, for a verb that has checked the caller and keeps its own record of the change."""
    records.lock_repository(work, repository)
    newest = store.find_newest(work.connection, repository.id, tag)
    if newest is None or (newest.end_ms is not None and newest.end_ms <= work.now_ms):
        raise ManifestUnknown(tag)
    if newest.immutable:
        raise TagImmutable(tag)
    store.end_interval(work.connection, newest.id, at_ms=max(work.now_ms, newest.start_ms))
    return Move(tag, newest.digest, newest.digest)
