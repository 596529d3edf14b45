"""Point a tag back at a manifest that it pointed at before (specification S2.13, S2.14)."""

from pierhead.access.model.identity import Identity
from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.registry.change_tag import name_of
from pierhead.registry.model.errors import ManifestNotInHistory
from pierhead.registry.model.names import Digest, TagName
from pierhead.registry.model.rules import TagRules
from pierhead.registry.model.tags import Move, list_signature_tags
from pierhead.registry.move_tag import point_tag
from pierhead.registry.store import details as details_store
from pierhead.registry.store import history, listing
from pierhead.registry.store import tags as store
from pierhead.registry.tag_access import require_changeable
from pierhead.repositories.log import record
from pierhead.repositories.model import Repository
from pierhead.repositories.records import find_tag_window_ms


def restore_tag(
    work: UnitOfWork, identity: Identity, name: str, tag: TagName, digest: Digest, rules: TagRules, *, address: str | None
) -> Move:
    """End the present interval and begin one at `digest`, in the same millisecond.

    A tag that was deleted comes back, and so do a manifest that was deleted by digest, what it leads to, and signatures that ended with it.
    Restoring what is already there changes nothing. Raises TagImmutable, and ManifestNotInHistory when the tag never pointed there or the
    window has passed.
    """
    repository = require_changeable(work, identity, name)
    horizon_ms = work.now_ms - find_tag_window_ms(work, repository)
    found = history.find_restorable(work.connection, repository.id, tag, str(digest), horizon_ms=horizon_ms)
    if found is None:
        raise ManifestNotInHistory(tag, str(digest))
    manifest_id, sha256, algorithm = found
    newest = store.find_newest(work.connection, repository.id, tag)
    if newest is not None and newest.is_alive(work.now_ms) and newest.manifest_id == manifest_id:
        return Move(tag, sha256, sha256)
    revive_manifest(work, repository, sha256)
    move = point_tag(
        work, repository, tag, manifest_id, sha256, moved_by=name_of(identity), restored=True, algorithm=algorithm, rules=rules
    )
    _restore_signatures(work, identity, repository, sha256, rules, horizon_ms=horizon_ms)
    record(work, identity, LogKind.REVERT_TAG, repository, address, tag=tag, manifest_digest=sha256, original_manifest_digest=move.previous)
    return move


def revive_manifest(work: UnitOfWork, repository: Repository, sha256: str) -> None:
    """Serve a manifest and what it leads to again, in case it was deleted by digest."""
    for subject in details_store.revive(work.connection, repository.id, sha256):
        listing.refresh_figures(work.connection, repository.id, subject)


def _restore_signatures(
    work: UnitOfWork, identity: Identity, repository: Repository, sha256: str, rules: TagRules, *, horizon_ms: int
) -> None:
    for name in list_signature_tags(sha256):
        newest = store.find_newest(work.connection, repository.id, name)
        if newest is None or newest.is_alive(work.now_ms) or newest.end_ms is None or newest.end_ms <= horizon_ms:
            continue
        revive_manifest(work, repository, newest.digest)
        point_tag(work, repository, name, newest.manifest_id, newest.digest, moved_by=name_of(identity), restored=True, rules=rules)
