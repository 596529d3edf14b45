"""Queries about the past of tags: what they pointed at, what happened when, and a whole repository as it was."""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select, tuple_

from pierhead.platform.database import Prepared
from pierhead.registry.model.listed_tags import PastTag, TagAt
from pierhead.registry.model.selection import TagFilter
from pierhead.registry.model.tags import EndReason
from pierhead.registry.tables import manifest, tag


class Beginning(NamedTuple):
    """An interval with the one before it of the same name: when that ended, and what it pointed at."""

    id: int
    name: str
    digest: str
    start_ms: int
    end_ms: int | None
    restored: bool
    moved_by: str | None
    previous_end_ms: int | None
    previous_digest: str | None


class Ending(NamedTuple):
    """An interval that ended without another one following at once. No reason: its time was over."""

    id: int
    name: str
    digest: str
    end_ms: int
    reason: str | None
    ended_by: str | None


_PAST = (
    tag.c.id, tag.c.name, tag.c.manifest_id, manifest.c.sha256, manifest.c.content_bytes, tag.c.start_ms, tag.c.end_ms, tag.c.restored,
    tag.c.immutable, tag.c.moved_by,
)  # fmt: skip
_of_repository = tag.c.repository_id == bindparam("repository_id")
_in_window = or_(tag.c.end_ms.is_(None), tag.c.end_ms > bindparam("horizon_ms"))
_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "name": tag.c.name == bindparam("name"),
    "name_contains": func.replace(tag.c.name, bindparam("name_contains"), "") != tag.c.name,
}
_earlier = tag.alias("earlier")
_earlier_manifest = manifest.alias("earlier_manifest")
_earlier_id = (
    select(_earlier.c.id)
    .where(
        _earlier.c.repository_id == tag.c.repository_id,
        _earlier.c.name == tag.c.name,
        tuple_(_earlier.c.start_ms, _earlier.c.id) < tuple_(tag.c.start_ms, tag.c.id),
    )
    .order_by(_earlier.c.start_ms.desc(), _earlier.c.id.desc())
    .limit(1)
    .correlate(tag)
    .scalar_subquery()
)
_before = tag.alias("before")
_AT_COLUMNS = (
    tag.c.name, tag.c.manifest_id, manifest.c.sha256, tag.c.algorithm, manifest.c.content_bytes, tag.c.immutable, manifest.c.kind,
    manifest.c.deleted_ms, manifest.c.expires_after_seconds, manifest.c.makes_immutable, tag.c.id, tag.c.start_ms,
)  # fmt: skip
_AT = Prepared(
    select(*_AT_COLUMNS)
    .join(manifest, manifest.c.id == tag.c.manifest_id)
    .where(
        _of_repository,
        tag.c.name > bindparam("after"),
        tag.c.start_ms <= bindparam("at_ms"),
        or_(tag.c.end_ms.is_(None), tag.c.end_ms > bindparam("at_ms")),
    )
    .order_by(tag.c.name)
    .limit(bindparam("maximum"))
)
_LIVING = Prepared(
    select(*_AT_COLUMNS)
    .join(manifest, manifest.c.id == tag.c.manifest_id)
    .where(_of_repository, tag.c.end_ms.is_(None))
    .union_all(
        select(*_AT_COLUMNS).join(manifest, manifest.c.id == tag.c.manifest_id).where(_of_repository, tag.c.end_ms > bindparam("now_ms"))
    )
)
_RESTORABLE = Prepared(
    select(tag.c.manifest_id, manifest.c.sha256, tag.c.algorithm)
    .join(manifest, manifest.c.id == tag.c.manifest_id)
    .where(
        _of_repository,
        tag.c.name == bindparam("name"),
        or_(manifest.c.sha256 == bindparam("digest"), manifest.c.sha512 == bindparam("digest")),
        _in_window,
    )
    .order_by(tag.c.start_ms.desc(), tag.c.id.desc())
    .limit(1)
)
_DEAD = Prepared(
    select(tag.c.id, tag.c.manifest_id)
    .join(manifest, manifest.c.id == tag.c.manifest_id)
    .where(
        _of_repository,
        tag.c.name == bindparam("name"),
        or_(manifest.c.sha256 == bindparam("digest"), manifest.c.sha512 == bindparam("digest")),
        tag.c.end_ms <= bindparam("now_ms"),
        tag.c.end_ms > bindparam("horizon_ms"),
    )
)


@cache
def _intervals(asked: tuple[str, ...]) -> Select[Any]:
    return (
        select(*_PAST)
        .join(manifest, manifest.c.id == tag.c.manifest_id)
        .where(_of_repository, _in_window, *(_CONDITIONS[name] for name in asked))
        .order_by(tag.c.start_ms.desc(), tag.c.name)
        .limit(bindparam("maximum"))
        .offset(bindparam("skipped"))
    )


@cache
def _beginnings(*, of_one: bool) -> Prepared:
    return Prepared(
        select(
            tag.c.id,
            tag.c.name,
            manifest.c.sha256,
            tag.c.start_ms,
            tag.c.end_ms,
            tag.c.restored,
            tag.c.moved_by,
            _before.c.end_ms,
            _earlier_manifest.c.sha256,
        )
        .select_from(
            tag.join(manifest, manifest.c.id == tag.c.manifest_id)
            .outerjoin(_before, _before.c.id == _earlier_id)
            .outerjoin(_earlier_manifest, _earlier_manifest.c.id == _before.c.manifest_id)
        )
        .where(
            _of_repository,
            *([tag.c.name == bindparam("name")] if of_one else []),
            tuple_(tag.c.start_ms, tag.c.id) < tuple_(bindparam("below_ms"), bindparam("below_id")),
        )
        .order_by(tag.c.start_ms.desc(), tag.c.id.desc())
        .limit(bindparam("maximum"))
    )


@cache
def _endings(*, of_one: bool) -> Prepared:
    return Prepared(
        select(tag.c.id, tag.c.name, manifest.c.sha256, tag.c.end_ms, tag.c.end_reason, tag.c.ended_by)
        .join(manifest, manifest.c.id == tag.c.manifest_id)
        .where(
            _of_repository,
            *([tag.c.name == bindparam("name")] if of_one else []),
            and_(tag.c.end_ms >= bindparam("least_ms"), tag.c.end_ms <= bindparam("now_ms")),
            tuple_(tag.c.end_ms, tag.c.id) < tuple_(bindparam("below_ms"), bindparam("below_id")),
            func.coalesce(tag.c.end_reason, "") != EndReason.MOVED.value,
        )
        .order_by(tag.c.end_ms.desc(), tag.c.id.desc())
        .limit(bindparam("maximum"))
    )


def list_intervals(
    connection: Connection, repository_id: int, wanted: TagFilter, *, horizon_ms: int, skipped: int, maximum: int
) -> list[PastTag]:
    """Intervals that the time machine reaches, alive or not, the newest first, then by name."""
    asked = tuple(name for name in _CONDITIONS if getattr(wanted, name) is not None)
    values: dict[str, Any] = {name: getattr(wanted, name) for name in asked}
    values |= {"repository_id": repository_id, "horizon_ms": horizon_ms, "skipped": skipped, "maximum": maximum}
    return [PastTag(*row) for row in connection.execute(_intervals(asked), values)]


def list_beginnings(
    connection: Connection, repository_id: int, name: str | None, *, below: tuple[int, int], maximum: int
) -> list[Beginning]:
    """Beginnings of one tag or of all, the newest first, behind (moment, row)."""
    named = {} if name is None else {"name": name}
    rows = _beginnings(of_one=name is not None).all(
        connection, repository_id=repository_id, below_ms=below[0], below_id=below[1], maximum=maximum, **named
    )
    return [Beginning(*row) for row in rows]


def list_endings(
    connection: Connection, repository_id: int, name: str | None, *, below: tuple[int, int], least_ms: int, now_ms: int, maximum: int
) -> list[Ending]:
    """Endings but for moves, the newest first, behind (moment, row), not before `least_ms`."""
    named = {} if name is None else {"name": name}
    rows = _endings(of_one=name is not None).all(
        connection,
        repository_id=repository_id,
        below_ms=below[0],
        below_id=below[1],
        least_ms=least_ms,
        now_ms=now_ms,
        maximum=maximum,
        **named,
    )
    return [Ending(*row) for row in rows]


def list_at(connection: Connection, repository_id: int, at_ms: int, *, after: str = "", maximum: int) -> list[TagAt]:
    """Tags that were alive at a moment, in byte order, beyond `after`."""
    rows = _AT.all(connection, repository_id=repository_id, at_ms=at_ms, after=after, maximum=maximum)
    return [TagAt(*row) for row in rows]


def list_living(connection: Connection, repository_id: int, *, now_ms: int) -> list[TagAt]:
    """Every living tag, in no order."""
    return [TagAt(*row) for row in _LIVING.all(connection, repository_id=repository_id, now_ms=now_ms)]


def find_restorable(connection: Connection, repository_id: int, name: str, digest: str, *, horizon_ms: int) -> tuple[int, str, str] | None:
    """(manifest, its sha256 digest, algorithm of the tag) when the tag pointed at the digest, as far as the time machine reaches."""
    row = _RESTORABLE.first(connection, repository_id=repository_id, name=name, digest=digest, horizon_ms=horizon_ms)
    return (row[0], row[1], row[2]) if row else None


def list_dead(connection: Connection, repository_id: int, name: str, digest: str, *, now_ms: int, horizon_ms: int) -> list[tuple[int, int]]:
    """(interval, manifest) of what ended and can still be restored, of a tag at a digest."""
    rows = _DEAD.all(connection, repository_id=repository_id, name=name, digest=digest, now_ms=now_ms, horizon_ms=horizon_ms)
    return [(row[0], row[1]) for row in rows]
