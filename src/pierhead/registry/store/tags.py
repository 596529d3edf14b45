"""Queries about tags: the living ones and their history."""

import heapq
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from pierhead.platform.database import Prepared
from pierhead.registry.model.names import TagName
from pierhead.registry.model.tags import EndReason, TagInterval
from pierhead.registry.store.collector.ended_tags import note_ended_tag
from pierhead.registry.store.manifests import StoredManifest
from pierhead.registry.tables import manifest, tag
from pierhead.repositories.model import Repository
from pierhead.repositories.tables import REPOSITORY_COLUMNS, repository


class Newest(NamedTuple):
    """The newest interval of a name."""

    id: int
    manifest_id: int
    digest: str
    start_ms: int
    end_ms: int | None
    immutable: bool

    def is_alive(self, now_ms: int) -> bool:
        """Whether a pull at this moment finds it."""
        return self.end_ms is None or self.end_ms > now_ms


class Target(NamedTuple):
    """What a tag of a repository points at, found in one step: the row of a pull."""

    repository: Repository
    manifest: StoredManifest | None
    algorithm: str | None  # None without a tag
    end_ms: int | None
    has_tag: bool

    def is_alive(self, now_ms: int) -> bool:
        """Whether the tag can be pulled at this moment."""
        return self.has_tag and (self.end_ms is None or self.end_ms > now_ms)


_newest_id = (
    select(tag.c.id)
    .where(tag.c.repository_id == repository.c.id, tag.c.name == bindparam("tag"))
    .order_by(tag.c.start_ms.desc(), tag.c.id.desc())
    .limit(1)
    .correlate(repository)
    .scalar_subquery()
)
_TARGET = Prepared(
    select(
        tag.c.end_ms,
        tag.c.id,
        manifest.c.id,
        manifest.c.sha256,
        manifest.c.sha512,
        manifest.c.media_type,
        manifest.c.size_bytes,
        tag.c.algorithm,
        *REPOSITORY_COLUMNS,
    )
    .select_from(
        repository.outerjoin(tag, tag.c.id == _newest_id).outerjoin(
            manifest, (manifest.c.id == tag.c.manifest_id) & manifest.c.deleted_ms.is_(None)
        )
    )
    .where(repository.c.name == bindparam("repository"))
)
_NEWEST = Prepared(
    select(tag.c.id, tag.c.manifest_id, manifest.c.sha256, tag.c.start_ms, tag.c.end_ms, tag.c.immutable)
    .join(manifest, manifest.c.id == tag.c.manifest_id)
    .where(tag.c.repository_id == bindparam("repository_id"), tag.c.name == bindparam("tag"))
    .order_by(tag.c.start_ms.desc(), tag.c.id.desc())
    .limit(1)
)
_END = Prepared(
    update(tag)
    .where(tag.c.id == bindparam("tag_id"))
    .values(end_ms=bindparam("at_ms"), end_reason=bindparam("reason"), ended_by=bindparam("by"))
)
_SET_END = Prepared(update(tag).where(tag.c.id == bindparam("tag_id")).values(end_ms=bindparam("at_ms")))
_SET_IMMUTABLE = Prepared(
    update(tag).where(tag.c.id == bindparam("tag_id")).values(immutable=bindparam("new_immutable"), end_ms=bindparam("at_ms"))
)
_BEGIN = Prepared(
    insert(tag)
    .values(
        repository_id=bindparam("repository_id"),
        name=bindparam("tag"),
        manifest_id=bindparam("manifest_id"),
        algorithm=bindparam("algorithm"),
        start_ms=bindparam("at_ms"),
        end_ms=bindparam("end_ms"),
        restored=bindparam("restored"),
        immutable=bindparam("immutable"),
        moved_by=bindparam("moved_by"),
    )
    .returning(tag.c.id)
)
_beyond = (tag.c.repository_id == bindparam("repository_id"), tag.c.name > bindparam("after"))
_LIVING = Prepared(select(tag.c.name).where(*_beyond, tag.c.end_ms.is_(None)).order_by(tag.c.name).limit(bindparam("maximum")))
# Tags that will end are few, so all of them are found by their end first; by name the database would look at every tag of the repository.
_ending = (
    select(tag.c.name)
    .where(tag.c.repository_id == bindparam("repository_id"), tag.c.end_ms > bindparam("now_ms"))
    .cte("ending")
    .prefix_with("MATERIALIZED")
)
_ENDING = Prepared(select(_ending.c.name).where(_ending.c.name > bindparam("after")).order_by(_ending.c.name).limit(bindparam("maximum")))
_HISTORY = Prepared(
    select(tag.c.name, manifest.c.sha256, tag.c.start_ms, tag.c.end_ms, tag.c.restored, tag.c.immutable)
    .join(manifest, manifest.c.id == tag.c.manifest_id)
    .where(tag.c.repository_id == bindparam("repository_id"), or_(tag.c.name == bindparam("tag"), bindparam("tag") == ""))
    .order_by(tag.c.start_ms.desc(), tag.c.id.desc())
    .limit(bindparam("maximum"))
)
_PAGE = (
    select(tag.c.name, manifest.c.sha256, manifest.c.content_bytes, tag.c.start_ms, tag.c.end_ms)
    .join(manifest, manifest.c.id == tag.c.manifest_id)
    .where(tag.c.repository_id == bindparam("repository_id"))
    .order_by(tag.c.name)
    .limit(bindparam("maximum"))
)
_ENDLESS_PAGE = Prepared(_PAGE.where(tag.c.end_ms.is_(None)))
_ENDING_PAGE = Prepared(_PAGE.where(tag.c.end_ms > bindparam("now_ms")))


def find_target(connection: Connection, repository_name: str, name: str) -> Target | None:
    """What the tag points at, with the repository's facts; None when there is no such repository."""
    row = _TARGET.first(connection, repository=repository_name, tag=name)
    if row is None:
        return None
    stored = StoredManifest(*row[2:7]) if row[2] is not None else None
    return Target(Repository.of_row(row[8:]), stored, row[7], row[0], row[1] is not None)


def find_newest(connection: Connection, repository_id: int, name: TagName) -> Newest | None:
    """The newest interval of the name, alive or not."""
    row = _NEWEST.first(connection, repository_id=repository_id, tag=name)
    return Newest(*row) if row else None


def end_interval(connection: Connection, tag_id: int, *, at_ms: int, reason: EndReason, by: str | None) -> None:
    """End an interval, and say why."""
    _END.run(connection, tag_id=tag_id, at_ms=at_ms, reason=reason.value, by=by)
    note_ended_tag(connection, tag_id)


def set_end(connection: Connection, tag_id: int, end_ms: int | None) -> None:
    """Let a living interval end at another moment, or never."""
    _SET_END.run(connection, tag_id=tag_id, at_ms=end_ms)
    note_ended_tag(connection, tag_id)


def set_immutable(connection: Connection, tag_id: int, *, immutable: bool, end_ms: int | None) -> None:
    """Decide whether a living interval may be ended by people, and when it ends by itself."""
    _SET_IMMUTABLE.run(connection, tag_id=tag_id, new_immutable=immutable, at_ms=end_ms)
    note_ended_tag(connection, tag_id)


def begin_interval(
    connection: Connection,
    repository_id: int,
    name: TagName,
    manifest_id: int,
    *,
    algorithm: str,
    at_ms: int,
    end_ms: int | None = None,
    moved_by: str | None,
    restored: bool = False,
    immutable: bool = False,
) -> int:
    """Begin an interval; its row id."""
    row = _BEGIN.first(
        connection,
        repository_id=repository_id,
        tag=name,
        manifest_id=manifest_id,
        algorithm=algorithm,
        at_ms=at_ms,
        end_ms=end_ms,
        restored=restored,
        immutable=immutable,
        moved_by=moved_by,
    )
    if row is None:
        raise AssertionError("an insertion returns its row")
    tag_id: int = row[0]
    if end_ms is not None:
        note_ended_tag(connection, tag_id)
    return tag_id


def list_living_names(connection: Connection, repository_id: int, *, after: str, maximum: int, now_ms: int) -> list[str]:
    """Names of living tags beyond `after`, in byte order."""
    parameters = {"repository_id": repository_id, "after": after, "maximum": maximum}
    endless = [row[0] for row in _LIVING.all(connection, **parameters)]
    ending = [row[0] for row in _ENDING.all(connection, now_ms=now_ms, **parameters)]
    return list(heapq.merge(endless, ending))[:maximum] if ending else endless


def list_history(connection: Connection, repository_id: int, name: str = "", *, maximum: int = 1000) -> list[TagInterval]:
    """Intervals of one name, or of all when it is empty, the newest first."""
    rows = _HISTORY.all(connection, repository_id=repository_id, tag=name, maximum=maximum)
    return [TagInterval(TagName(row[0]), row[1], row[2], row[3], bool(row[4]), bool(row[5])) for row in rows]


def list_living(
    connection: Connection, repository_id: int, *, maximum: int, now_ms: int
) -> list[tuple[str, str, int | None, int, int | None]]:
    """(name, digest, bytes of the content, start, end) of living tags, in byte order."""
    endless = _ENDLESS_PAGE.all(connection, repository_id=repository_id, maximum=maximum)
    ending = _ENDING_PAGE.all(connection, repository_id=repository_id, maximum=maximum, now_ms=now_ms)
    merged = heapq.merge(endless, ending, key=lambda row: row[0]) if ending else endless
    return [(row[0], row[1], row[2], row[3], row[4]) for row in merged][:maximum]
