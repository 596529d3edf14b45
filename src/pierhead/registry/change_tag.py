"""What people do with one tag through the management API: create, move, let it end, hold it fast, delete it (tags-and-gc 2)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pierhead.access.model.identity import Identity
from pierhead.access.model.roles import Role
from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import Invalid, NotFound
from pierhead.registry.model.errors import ExpirationInvalid, ManifestUnknown, TagFeatureOff, TagImmutable, TagUnknown
from pierhead.registry.model.names import Digest, TagName
from pierhead.registry.model.rules import TagRules
from pierhead.registry.model.tags import EndReason, Move
from pierhead.registry.move_tag import end_tag, point_tag, require_living
from pierhead.registry.store import details as details_store
from pierhead.registry.store import history, listing
from pierhead.registry.store import manifests as manifest_store
from pierhead.registry.store import tags as store
from pierhead.registry.store.tags import Newest
from pierhead.registry.tag_access import require_changeable
from pierhead.repositories.log import record
from pierhead.repositories.model import Repository
from pierhead.repositories.records import find_tag_window_ms


@dataclass(frozen=True, slots=True)
class TagChange:
    """What shall change; `end_ms` None with `sets_end` lets the tag live for ever."""

    digest: Digest | None = None
    sets_end: bool = False
    end_ms: int | None = None
    immutable: bool | None = None


@dataclass(frozen=True, slots=True)
class Purge:
    """What shall go for good: a living tag, or what a tag pointed at before (then the digest is needed)."""

    digest: str | None
    is_alive: bool
    with_children: bool


def change_tag(
    work: UnitOfWork, identity: Identity, name: str, tag: TagName, change: TagChange, rules: TagRules, *, address: str | None
) -> Move | None:
    """All of the changes or none; the move when there was one.

    Raises TagUnknown, ManifestUnknown, ExpirationInvalid, TagFeatureOff and TagImmutable, and NotAllowed to lift immutability without being an
    admin.
    """
    repository = require_changeable(work, identity, name)
    if change.sets_end:
        _set_end(work, identity, repository, tag, change.end_ms, rules, address=address)
    if change.immutable is not None:
        if not change.immutable:
            require_changeable(work, identity, name, Role.ADMIN)
        set_immutable(work, identity, repository, tag, change.immutable, rules, address=address)
    if change.digest is None:
        return None
    return _move(work, identity, repository, tag, change.digest, rules, address=address)


def _get_living(work: UnitOfWork, repository: Repository, tag: TagName) -> Newest:
    newest = store.find_newest(work.connection, repository.id, tag)
    if newest is None or not newest.is_alive(work.now_ms):
        raise TagUnknown(tag)
    return newest


def _set_end(
    work: UnitOfWork, identity: Identity, repository: Repository, tag: TagName, end_ms: int | None, rules: TagRules, *, address: str | None
) -> None:
    if not rules.change_expiration:
        raise TagFeatureOff("This registry does not let people change when a tag ends.")
    set_end(work, identity, repository, tag, end_ms, rules, address=address)


def set_end(
    work: UnitOfWork, identity: Identity, repository: Repository, tag: TagName, end_ms: int | None, rules: TagRules, *, address: str | None
) -> bool:
    """Let a living tag end at a moment or never; whether that is new. The caller holds the lock."""
    newest = _get_living(work, repository, tag)
    if end_ms is not None and end_ms <= work.now_ms:
        raise ExpirationInvalid("The date lies in the past. Please choose one in the future, or null for a tag that never ends.")
    if newest.immutable and end_ms is not None and not rules.immutable_can_expire:
        raise TagImmutable(tag, "expire")
    chosen = None if end_ms is None else max(rules.clamp_end(newest.start_ms, end_ms), work.now_ms + 1)
    if chosen == newest.end_ms:
        return False
    store.set_end(work.connection, newest.id, chosen)
    listing.set_end(work.connection, repository.id, tag, chosen)
    record(
        work,
        identity,
        LogKind.CHANGE_TAG_EXPIRATION,
        repository,
        address,
        tag=tag,
        expiration_date=_seconds(chosen),
        old_expiration_date=_seconds(newest.end_ms),
    )
    return True


def set_immutable(
    work: UnitOfWork, identity: Identity, repository: Repository, tag: TagName, immutable: bool, rules: TagRules, *, address: str | None
) -> bool:
    """Hold a living tag fast, or let it go again; whether that is new. The caller holds the lock and has checked the right to do it."""
    if not rules.immutable:
        raise TagFeatureOff("This registry has no immutable tags.")
    newest = _get_living(work, repository, tag)
    if newest.immutable is immutable:
        return False
    end_ms = newest.end_ms if not immutable or rules.immutable_can_expire else None
    store.set_immutable(work.connection, newest.id, immutable=immutable, end_ms=end_ms)
    listing.set_immutable(work.connection, repository.id, tag, immutable=immutable)
    listing.set_end(work.connection, repository.id, tag, end_ms)
    record(
        work,
        identity,
        LogKind.CHANGE_TAG_IMMUTABILITY,
        repository,
        address,
        tag=tag,
        immutable=immutable,
        previous_immutable=newest.immutable,
    )
    return True


def _move(
    work: UnitOfWork, identity: Identity, repository: Repository, tag: TagName, digest: Digest, rules: TagRules, *, address: str | None
) -> Move:
    found = manifest_store.find_manifest(work.connection, repository.id, digest)
    if found is None:
        raise ManifestUnknown(str(digest))
    newest = store.find_newest(work.connection, repository.id, tag)
    if newest is not None and newest.is_alive(work.now_ms) and newest.manifest_id == found.id:
        return Move(tag, found.sha256, found.sha256)
    move = point_tag(work, repository, tag, found.id, found.sha256, moved_by=name_of(identity), algorithm=digest.algorithm, rules=rules)
    record(
        work,
        identity,
        LogKind.CREATE_TAG if move.previous is None else LogKind.MOVE_TAG,
        repository,
        address,
        tag=tag,
        manifest_digest=found.sha256,
        original_manifest_digest=move.previous,
    )
    return move


def delete_tag(work: UnitOfWork, identity: Identity, name: str, tag: TagName, *, address: str | None) -> None:
    """End the tag now (specification S2.8, S2.9). Raises TagUnknown and TagImmutable."""
    repository = require_changeable(work, identity, name)
    remove(work, identity, repository, tag, address=address)


def remove(work: UnitOfWork, identity: Identity, repository: Repository, tag: TagName, *, address: str | None) -> None:
    """As `delete_tag`, for a caller that holds the lock."""
    _get_living(work, repository, tag)
    newest = require_living(work, repository, tag)
    end_tag(work, repository, tag, newest, reason=EndReason.DELETED, by=name_of(identity))
    record(work, identity, LogKind.DELETE_TAG, repository, address, tag=tag, manifest_digest=newest.digest)


def purge_tag(work: UnitOfWork, identity: Identity, name: str, tag: TagName, purge: Purge, rules: TagRules, *, address: str | None) -> int:
    """Put what a tag points at, or pointed at, behind the reach of the time machine: the collector takes it at once. How many intervals.

    Raises NotFound where the settings do not allow it, TagUnknown when nothing matched, TagImmutable, and Invalid without a needed digest.
    """
    repository = require_changeable(work, identity, name)
    if not rules.permanent_deletion:
        raise NotFound
    behind_ms = work.now_ms - find_tag_window_ms(work, repository) - 1
    if purge.is_alive:
        newest = _get_living(work, repository, tag)
        if purge.digest is not None and purge.digest != newest.digest:
            raise TagUnknown(tag)
        if newest.immutable:
            raise TagImmutable(tag, "permanently delete")
        end_tag(work, repository, tag, newest, reason=EndReason.PURGED, by=name_of(identity))
        gone, digest = [(newest.id, newest.manifest_id)], newest.digest
    elif purge.digest is None:
        raise Invalid("manifest_digest is needed for a tag that is not alive.")
    else:
        horizon_ms, digest = behind_ms + 1, purge.digest
        gone = history.list_dead(work.connection, repository.id, tag, digest, now_ms=work.now_ms, horizon_ms=horizon_ms)
    if purge.with_children:
        gone += _list_dead_of_children(work, repository, tag, gone, horizon_ms=behind_ms + 1)
    if not gone:
        raise TagUnknown(tag)
    for interval, _ in gone:
        store.set_end(work.connection, interval, behind_ms)
    record(work, identity, LogKind.PERMANENTLY_DELETE_TAG, repository, address, tag=tag, manifest_digest=digest)
    return len(gone)


def _list_dead_of_children(
    work: UnitOfWork, repository: Repository, tag: TagName, gone: list[tuple[int, int]], *, horizon_ms: int
) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for manifest_id in {manifest_id for _, manifest_id in gone}:
        for child in details_store.list_children(work.connection, manifest_id):
            found += history.list_dead(work.connection, repository.id, tag, child, now_ms=work.now_ms, horizon_ms=horizon_ms)
    return found


def name_of(identity: Identity) -> str:
    """The name that moves are recorded under."""
    return identity.name or "(anonymous)"


def _seconds(moment_ms: int | None) -> str | None:
    return None if moment_ms is None else datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="seconds")
