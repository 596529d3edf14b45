"""Queries that change many tags at once, in as few statements as there are kinds of change."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, literal, select, update

from pierhead.platform.database import Prepared, upsert
from pierhead.registry.model.names import TagName
from pierhead.registry.model.tags import EndReason
from pierhead.registry.store.collector.ended_tags import note_ended_tags_of_repository
from pierhead.registry.store.listing import ENLISTED, KEPT, count_referrers, is_signed
from pierhead.registry.tables import NEVER_MS, manifest, tag, tag_listing


class NewInterval(NamedTuple):
    """An interval that shall begin."""

    name: TagName
    manifest_id: int
    algorithm: str
    end_ms: int | None
    immutable: bool


_END = (
    update(tag)
    .where(tag.c.id == bindparam("tag_id"))
    .values(end_ms=bindparam("at_ms"), end_reason=bindparam("reason"), ended_by=bindparam("by"))
)
_BEGIN = insert(tag)
_UNLIST = delete(tag_listing).where(tag_listing.c.repository_id == bindparam("in_repository"), tag_listing.c.name == bindparam("tag"))
_HOLD = update(tag).where(tag.c.id == bindparam("tag_id")).values(immutable=True, end_ms=None)
_HOLD_LISTED = (
    update(tag_listing)
    .where(tag_listing.c.repository_id == bindparam("in_repository"), tag_listing.c.name == bindparam("tag"))
    .values(immutable=True, end_ms=NEVER_MS)
)
_enlist = upsert(tag_listing).from_select(
    list(ENLISTED),
    select(
        tag.c.repository_id,
        tag.c.name,
        tag.c.id,
        tag.c.manifest_id,
        manifest.c.sha256,
        func.coalesce(manifest.c.content_bytes, -1),
        tag.c.start_ms,
        func.coalesce(tag.c.end_ms, NEVER_MS),
        func.coalesce(tag.c.moved_by, ""),
        tag.c.immutable,
        tag.c.restored,
        is_signed(tag.c.repository_id, manifest.c.sha256),
        count_referrers(tag.c.repository_id, manifest.c.sha256),
        literal(0),
        literal(0),
    )
    .join(manifest, manifest.c.id == tag.c.manifest_id)
    .where(tag.c.repository_id == bindparam("repository_id"), tag.c.start_ms == bindparam("at_ms"), tag.c.end_reason.is_(None)),
)
_ENLIST = Prepared(
    _enlist.on_conflict_do_update(
        index_elements=["repository_id", "name"], set_={name: _enlist.excluded[name] for name in ENLISTED if name not in KEPT}
    )
)


def end_intervals(
    connection: Connection, repository_id: int, tag_ids: Sequence[int], *, at_ms: int, reason: EndReason, by: str | None
) -> None:
    """End intervals of a repository, all at a moment."""
    if tag_ids:
        connection.execute(_END, [{"tag_id": tag_id, "at_ms": at_ms, "reason": reason.value, "by": by} for tag_id in tag_ids])
        note_ended_tags_of_repository(connection, repository_id)


def begin_intervals(connection: Connection, repository_id: int, intervals: Sequence[NewInterval], *, at_ms: int, by: str | None) -> None:
    """Begin intervals by restoring, all at a moment, and list them."""
    if not intervals:
        return
    rows = [
        {
            "repository_id": repository_id,
            "name": each.name,
            "manifest_id": each.manifest_id,
            "algorithm": each.algorithm,
            "start_ms": at_ms,
            "end_ms": each.end_ms,
            "restored": True,
            "immutable": each.immutable,
            "moved_by": by,
        }
        for each in intervals
    ]
    connection.execute(_BEGIN, rows)
    _ENLIST.run(connection, repository_id=repository_id, at_ms=at_ms)
    if any(each.end_ms is not None for each in intervals):
        note_ended_tags_of_repository(connection, repository_id)


def hold(connection: Connection, repository_id: int, tags: Sequence[tuple[str, int]]) -> None:
    """Make tags immutable, given as (name, interval)."""
    if tags:
        connection.execute(_HOLD, [{"tag_id": tag_id} for _, tag_id in tags])
        connection.execute(_HOLD_LISTED, [{"in_repository": repository_id, "tag": name} for name, _ in tags])


def unlist(connection: Connection, repository_id: int, names: Sequence[str]) -> None:
    """Take tags that ended out of the list."""
    if names:
        connection.execute(_UNLIST, [{"in_repository": repository_id, "tag": name} for name in names])
