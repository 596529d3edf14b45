"""Point a tag somewhere, and end it: the only places where intervals of tags begin and end."""

from pierhead.audit.model import LogKind
from pierhead.audit.popularity import find_tag_pulls
from pierhead.platform.clock import to_milliseconds
from pierhead.platform.database import UnitOfWork
from pierhead.registry.authorize import Caller, require_push
from pierhead.registry.immutability import decide_life
from pierhead.registry.model.errors import ManifestUnknown, TagImmutable
from pierhead.registry.model.labels import ActingLabels
from pierhead.registry.model.names import RepositoryName, TagName
from pierhead.registry.model.rules import DEFAULT_RULES, TagRules
from pierhead.registry.model.tags import EndReason, Move, find_signed_digest
from pierhead.registry.store import labels as label_store
from pierhead.registry.store import listing
from pierhead.registry.store import tags as store
from pierhead.registry.store.tags import Newest
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
    rules: TagRules = DEFAULT_RULES,
    acting: ActingLabels | None = None,
) -> Move:
    """End the present interval and begin one at the manifest, in the same millisecond. The caller holds the repository's lock.

    `digest` is the sha256 one; `algorithm` is that of the digest which the tag answers from now on, and a sha512 one must have been recorded
    with the manifest. `acting` is what the labels of the image do, looked up unless given. Signatures end with the last tag of their image.

    Raises TagImmutable; pointing an immutable tag where it points already changes nothing.
    """
    newest = store.find_newest(work.connection, repository.id, tag)
    # Clocks of several nodes differ a little; an interval never begins before the one it follows.
    at_ms = work.now_ms if newest is None else max(work.now_ms, newest.start_ms)
    alive = newest is not None and newest.is_alive(at_ms)
    if newest is not None and alive:
        if newest.immutable:
            if newest.manifest_id == manifest_id:
                return Move(tag, digest, newest.digest)
            raise TagImmutable(tag)
        store.end_interval(work.connection, newest.id, at_ms=at_ms, reason=EndReason.MOVED, by=moved_by)
    known = label_store.get_acting(work.connection, manifest_id) if acting is None else acting
    life = decide_life(work, repository, tag, known, rules, at_ms=at_ms)
    tag_id = store.begin_interval(
        work.connection,
        repository.id,
        tag,
        manifest_id,
        algorithm=algorithm,
        at_ms=at_ms,
        end_ms=life.end_ms,
        moved_by=moved_by,
        restored=restored,
        immutable=life.immutable,
    )
    listing.enlist(
        work.connection,
        tag,
        manifest_id,
        tag_id,
        start_ms=at_ms,
        end_ms=life.end_ms,
        moved_by=moved_by,
        immutable=life.immutable,
        restored=restored,
        pulled=(0, 0) if newest is None or alive else _count_earlier_pulls(work, repository, tag),
    )
    previous = newest.digest if newest is not None and alive else None
    _settle(work, repository, tag, previous if previous != digest else None, by=moved_by)
    records.note_push(work, repository)
    return Move(tag, digest, previous)


def end_tag(work: UnitOfWork, repository: Repository, tag: TagName, newest: Newest, *, reason: EndReason, by: str | None) -> None:
    """End a living tag now; its manifest stays for the time machine. The caller holds the repository's lock and has checked everything."""
    store.end_interval(work.connection, newest.id, at_ms=max(work.now_ms, newest.start_ms), reason=reason, by=by)
    listing.unlist(work.connection, repository.id, tag)
    _settle(work, repository, tag, newest.digest, by=by)


def end_signatures(work: UnitOfWork, repository: Repository, digest: str, *, by: str | None) -> None:
    """End the tags of signatures of a manifest that no tag names any more; immutable ones stay."""
    for name in listing.list_signatures_of(work.connection, repository.id, digest, now_ms=work.now_ms):
        if listing.list_names_of_digest(work.connection, repository.id, digest, now_ms=work.now_ms):
            return
        newest = store.find_newest(work.connection, repository.id, name)
        if newest is not None and newest.is_alive(work.now_ms) and not newest.immutable:
            end_tag(work, repository, name, newest, reason=EndReason.DELETED, by=by)


def _settle(work: UnitOfWork, repository: Repository, tag: TagName, left: str | None, *, by: str | None) -> None:
    """What follows from a change of the tag: `left` is the manifest that it no longer names."""
    signed = find_signed_digest(tag)
    if signed is not None:
        listing.refresh_figures(work.connection, repository.id, signed)
    if left is not None:
        end_signatures(work, repository, left, by=by)


def _count_earlier_pulls(work: UnitOfWork, repository: Repository, tag: TagName) -> tuple[int, int]:
    pulls, last = find_tag_pulls(work, repository.id, tag)
    return pulls, 0 if last is None else to_milliseconds(last)


def require_living(work: UnitOfWork, repository: Repository, tag: TagName) -> Newest:
    """The tag as it is now, when it may be ended. Raises ManifestUnknown and TagImmutable."""
    newest = store.find_newest(work.connection, repository.id, tag)
    if newest is None or not newest.is_alive(work.now_ms):
        raise ManifestUnknown(tag)
    if newest.immutable:
        raise TagImmutable(tag, "delete")
    return newest


def delete_tag(work: UnitOfWork, caller: Caller, name: RepositoryName, tag: TagName) -> Move:
    """End the tag; its manifest stays for the time machine (specification S2.8, S2.9). Raises ManifestUnknown and TagImmutable."""
    repository = require_push(work, caller, name)
    records.lock_repository(work, repository)
    newest = require_living(work, repository, tag)
    end_tag(work, repository, tag, newest, reason=EndReason.DELETED, by=caller.name)
    record(work, caller.identity, LogKind.DELETE_TAG, repository, caller.address, tag=tag, manifest_digest=newest.digest)
    return Move(tag, newest.digest, newest.digest)
