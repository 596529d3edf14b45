"""A whole repository as it was at a moment: look at it, compare it with now, and make it so again in one transaction."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pierhead.access.model.identity import Identity
from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.registry.change_tag import name_of
from pierhead.registry.immutability import list_held_by_policy
from pierhead.registry.model.errors import BeyondTimeMachine, TagImmutable
from pierhead.registry.model.listed_tags import TagAt
from pierhead.registry.model.names import TagName
from pierhead.registry.model.rules import TagRules
from pierhead.registry.model.tags import EndReason, find_signed_digest
from pierhead.registry.model.time_machine import Comparison, Standing, TagDifference, compare
from pierhead.registry.restore_tag import revive_manifest
from pierhead.registry.store import bulk, history, listing
from pierhead.registry.store.bulk import NewInterval
from pierhead.registry.tag_access import require_changeable, require_readable
from pierhead.repositories import records
from pierhead.repositories.log import record
from pierhead.repositories.model import Repository
from pierhead.repositories.records import find_tag_window_ms

_ALL = 2**31 - 1
_INDEX = "index"


@dataclass(frozen=True, slots=True)
class TagsAt:
    """Some tags of a moment, in byte order; `last` is where the next page begins, None at the end."""

    tags: list[TagAt]
    last: str | None


def list_tags_at(work: UnitOfWork, identity: Identity, name: str, at_ms: int, *, after: str, maximum: int) -> TagsAt:
    """The tags of a moment. Raises BeyondTimeMachine."""
    repository = require_readable(work, identity, name)
    _check_moment(work, repository, at_ms)
    rows = history.list_at(work.connection, repository.id, at_ms, after=after, maximum=maximum + 1)
    return TagsAt(rows[:maximum], rows[maximum - 1].name if len(rows) > maximum else None)


def compare_with_now(work: UnitOfWork, identity: Identity, name: str, at_ms: int, *, removes_newer: bool = True) -> Comparison:
    """What differs, and so what `restore_all` would do. Raises BeyondTimeMachine."""
    repository = require_readable(work, identity, name)
    _check_moment(work, repository, at_ms)
    then, now = _read(work, repository, at_ms)
    return _compare(at_ms, then, now, removes_newer=removes_newer)


def restore_all(
    work: UnitOfWork,
    identity: Identity,
    name: str,
    at_ms: int,
    rules: TagRules,
    *,
    removes_newer: bool,
    leaves_immutable: bool,
    address: str | None,
) -> Comparison:
    """Make the tags as they were, all at the same millisecond; what was done.

    Tags that came later end with `removes_newer`, else they stay. Everything can be undone in the same way. With `leaves_immutable` tags that
    may not be changed stay as they are; without it they raise TagImmutable and nothing is done. Raises BeyondTimeMachine.
    """
    repository = require_changeable(work, identity, name)
    _check_moment(work, repository, at_ms)
    then, now = _read(work, repository, at_ms)
    found = _compare(at_ms, then, now, removes_newer=removes_newer)
    blocked = [each for each in found.differences if each.is_blocked]
    if blocked and not leaves_immutable:
        raise TagImmutable(blocked[0].name, "restore")
    chosen = [each for each in found.differences if not each.is_blocked]
    if not chosen:
        return found
    _apply(work, repository, chosen, then, now, rules, by=name_of(identity))
    records.note_push(work, repository)
    facts = {kind.value: number for kind, number in found.counts.items()}
    moment = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    record(work, identity, LogKind.REVERT_TAG, repository, address, restored_to=moment, left_immutable=len(blocked), **facts)
    return found


def _check_moment(work: UnitOfWork, repository: Repository, at_ms: int) -> None:
    horizon_ms = work.now_ms - find_tag_window_ms(work, repository)
    if not horizon_ms <= at_ms <= work.now_ms:
        raise BeyondTimeMachine(horizon_ms)


def _read(work: UnitOfWork, repository: Repository, at_ms: int) -> tuple[dict[str, TagAt], dict[str, TagAt]]:
    then = history.list_at(work.connection, repository.id, at_ms, maximum=_ALL)
    # An interval that another node's clock began a little later than now is alive too.
    now = history.list_living(work.connection, repository.id, now_ms=work.now_ms)
    return {each.name: each for each in then}, {each.name: each for each in now}


def _compare(at_ms: int, then: dict[str, TagAt], now: dict[str, TagAt], *, removes_newer: bool) -> Comparison:
    stood = [{name: Standing(tag.digest, tag.size_bytes, bool(tag.immutable)) for name, tag in tags.items()} for tags in (then, now)]
    return compare(at_ms, stood[0], stood[1], removes_newer=removes_newer)


def _apply(
    work: UnitOfWork,
    repository: Repository,
    chosen: list[TagDifference],
    then: dict[str, TagAt],
    now: dict[str, TagAt],
    rules: TagRules,
    *,
    by: str,
) -> None:
    ending = [now[each.name] for each in chosen if each.now is not None]
    coming = [then[each.name] for each in chosen if each.then is not None]
    moment = max([work.now_ms, *(each.start_ms for each in ending)])
    moved = [each.id for each in ending if each.name in then]
    removed = [each for each in ending if each.name not in then]
    bulk.end_intervals(work.connection, repository.id, moved, at_ms=moment, reason=EndReason.MOVED, by=by)
    bulk.end_intervals(work.connection, repository.id, [each.id for each in removed], at_ms=moment, reason=EndReason.DELETED, by=by)
    bulk.unlist(work.connection, repository.id, [each.name for each in removed])
    for manifest in {each.digest: each for each in coming}.values():
        if manifest.deleted_ms is not None or manifest.kind == _INDEX:
            revive_manifest(work, repository, manifest.digest)
    _begin(work, repository, coming, rules, at_ms=moment, by=by)
    for signed in {find_signed_digest(each.name) for each in chosen} - {None}:
        listing.refresh_figures(work.connection, repository.id, str(signed))


def _begin(work: UnitOfWork, repository: Repository, coming: list[TagAt], rules: TagRules, *, at_ms: int, by: str) -> None:
    held = list_held_by_policy(work, repository, [each.name for each in coming]) if rules.immutable else set()
    intervals = []
    for each in coming:
        immutable = rules.immutable and (bool(each.makes_immutable) or each.name in held)
        expires = each.expires_after_seconds is not None and (not immutable or rules.immutable_can_expire)
        end_ms = rules.clamp_end(at_ms, at_ms + (each.expires_after_seconds or 0) * 1000) if expires else None
        intervals.append(NewInterval(TagName(each.name), each.manifest_id, each.algorithm, end_ms, immutable))
    bulk.begin_intervals(work.connection, repository.id, intervals, at_ms=at_ms, by=by)
