"""Queries that keep and read the list of living tags, in which every order comes out of one index."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.selectable import ScalarSelect

from pierhead.platform.database import Prepared, upsert
from pierhead.registry.model.listed_tags import ListedTag
from pierhead.registry.model.names import TagName
from pierhead.registry.model.selection import TagFilter
from pierhead.registry.model.tags import SIGNATURE_TYPES, is_signature_tag
from pierhead.registry.tables import NEVER_MS, manifest, manifest_child, tag_listing

_BEHIND_NAMES = "~"  # in byte order no name stands behind it
_COLUMNS = tuple(tag_listing.c[name] for name in ListedTag._fields)
_referrer = manifest.alias("referrer")
_signature = tag_listing.alias("signature")


def count_referrers(repository_id: ColumnElement[Any], subject: ColumnElement[Any]) -> ScalarSelect[Any]:
    """An expression: how many manifests have this one as their subject."""
    # Without `correlate_except` the listing itself would be asked for again.
    chosen = (_referrer.c.repository_id == repository_id, _referrer.c.subject == subject, _referrer.c.deleted_ms.is_(None))
    return select(func.count()).select_from(_referrer).where(*chosen).correlate_except(_referrer).scalar_subquery()


def is_signed(repository_id: ColumnElement[Any], subject: ColumnElement[Any]) -> ColumnElement[bool]:
    """An expression: whether a referrer or a tag signs the manifest."""
    by_referrer = (
        select(_referrer.c.id)
        .where(
            _referrer.c.repository_id == repository_id,
            _referrer.c.subject == subject,
            _referrer.c.deleted_ms.is_(None),
            or_(*(_referrer.c.artifact_type == each for each in SIGNATURE_TYPES)),
        )
        .correlate_except(_referrer)
    )
    by_tag = (
        select(_signature.c.name)
        .where(_signature.c.repository_id == repository_id, _signature.c.name == func.replace(subject, ":", "-", type_=Text) + ".sig")
        .correlate_except(_signature)
    )
    return or_(by_referrer.exists(), by_tag.exists())


ENLISTED = (
    "repository_id", "name", "tag_id", "manifest_id", "digest", "size_bytes", "start_ms", "end_ms", "moved_by", "immutable", "restored", "signed",
    "referrers", "pulls", "last_pulled_ms",
)  # fmt: skip
KEPT = frozenset(("repository_id", "name", "pulls", "last_pulled_ms"))
_enlist = upsert(tag_listing).from_select(
    list(ENLISTED),
    select(
        manifest.c.repository_id,
        bindparam("tag", type_=tag_listing.c.name.type),
        bindparam("tag_id", type_=tag_listing.c.tag_id.type),
        manifest.c.id,
        manifest.c.sha256,
        func.coalesce(manifest.c.content_bytes, -1),
        bindparam("start_ms", type_=tag_listing.c.start_ms.type),
        bindparam("end_ms", type_=tag_listing.c.end_ms.type),
        bindparam("moved_by", type_=tag_listing.c.moved_by.type),
        bindparam("immutable", type_=tag_listing.c.immutable.type),
        bindparam("restored", type_=tag_listing.c.restored.type),
        is_signed(manifest.c.repository_id, manifest.c.sha256),
        count_referrers(manifest.c.repository_id, manifest.c.sha256),
        bindparam("pulls", type_=tag_listing.c.pulls.type),
        bindparam("last_pulled_ms", type_=tag_listing.c.last_pulled_ms.type),
    ).where(manifest.c.id == bindparam("manifest_id")),
)
_ENLIST = Prepared(
    _enlist.on_conflict_do_update(
        index_elements=["repository_id", "name"], set_={name: _enlist.excluded[name] for name in ENLISTED if name not in KEPT}
    )
)
_UNLIST = Prepared(
    delete(tag_listing).where(tag_listing.c.repository_id == bindparam("repository_id"), tag_listing.c.name == bindparam("tag"))
)
_of_digest = (tag_listing.c.repository_id == bindparam("in_repository"), tag_listing.c.digest == bindparam("of_digest"))
_REFRESH = Prepared(
    update(tag_listing)
    .where(*_of_digest)
    .values(
        signed=is_signed(tag_listing.c.repository_id, tag_listing.c.digest),
        referrers=count_referrers(tag_listing.c.repository_id, tag_listing.c.digest),
    )
)
_NAMES_OF_DIGEST = Prepared(
    select(tag_listing.c.name).where(*_of_digest, tag_listing.c.end_ms > bindparam("now_ms")).order_by(tag_listing.c.name)
)
_BY_DIGEST = Prepared(
    select(tag_listing.c.digest, func.count())
    .where(tag_listing.c.repository_id == bindparam("repository_id"), tag_listing.c.end_ms > bindparam("now_ms"))
    .group_by(tag_listing.c.digest)
)
_SIGNATURES_OF = Prepared(
    select(tag_listing.c.name).where(
        tag_listing.c.repository_id == bindparam("repository_id"),
        tag_listing.c.name > bindparam("above"),
        tag_listing.c.name < bindparam("below"),
        tag_listing.c.end_ms > bindparam("now_ms"),
    )
)
_subject = manifest.alias("subject")
_parent = manifest.alias("parent")
_BOUND = Prepared(
    select(tag_listing.c.name)
    .join(manifest, manifest.c.id == tag_listing.c.manifest_id)
    .join(
        _subject,
        (_subject.c.repository_id == manifest.c.repository_id)
        & (_subject.c.sha256 == manifest.c.subject)
        & _subject.c.deleted_ms.is_(None),
    )
    .where(tag_listing.c.repository_id == bindparam("repository_id"), manifest.c.subject.is_not(None))
    .union(
        select(tag_listing.c.name)
        .join(manifest_child, manifest_child.c.child == tag_listing.c.digest)
        .join(_parent, (_parent.c.id == manifest_child.c.manifest_id) & (_parent.c.repository_id == tag_listing.c.repository_id))
        .where(
            tag_listing.c.repository_id == bindparam("repository_id"),
            select(_signature.c.name)
            .where(_signature.c.repository_id == tag_listing.c.repository_id, _signature.c.digest == _parent.c.sha256)
            .exists(),
        )
    )
)
_SET_END = Prepared(
    update(tag_listing)
    .where(tag_listing.c.repository_id == bindparam("in_repository"), tag_listing.c.name == bindparam("tag"))
    .values(end_ms=bindparam("new_end_ms"))
)
_LOOSE = Prepared(
    select(tag_listing.c.name, tag_listing.c.tag_id).where(
        tag_listing.c.repository_id == bindparam("repository_id"),
        tag_listing.c.immutable.is_(False),
        tag_listing.c.end_ms > bindparam("now_ms"),
    )
)
_SET_IMMUTABLE = Prepared(
    update(tag_listing)
    .where(tag_listing.c.repository_id == bindparam("in_repository"), tag_listing.c.name == bindparam("tag"))
    .values(immutable=bindparam("new_immutable"))
)
_COUNT_PULLS = update(tag_listing).where(
    tag_listing.c.repository_id == bindparam("in_repository"), tag_listing.c.name == bindparam("tag")
).values(pulls=tag_listing.c.pulls + bindparam("more"), last_pulled_ms=bindparam("at_ms"))  # fmt: skip
_ends: ColumnElement[bool] = literal_column(f"tag_listing.end_ms < {NEVER_MS}")
_EXPIRED = Prepared(
    select(tag_listing.c.repository_id, tag_listing.c.name)
    .where(_ends, tag_listing.c.end_ms <= bindparam("now_ms"))
    .order_by(tag_listing.c.end_ms)
    .limit(bindparam("maximum"))
)
_ONE = Prepared(
    select(*_COLUMNS).where(
        tag_listing.c.repository_id == bindparam("repository_id"),
        tag_listing.c.name == bindparam("tag"),
        tag_listing.c.end_ms > bindparam("now_ms"),
    )
)

# What a filter may ask for, each by the name of its field.
_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "name_contains": func.replace(tag_listing.c.name, bindparam("name_contains"), "") != tag_listing.c.name,
    "name": tag_listing.c.name == bindparam("name"),
    "digest": tag_listing.c.digest == bindparam("digest"),
    "immutable": tag_listing.c.immutable == bindparam("immutable"),
    "signed": tag_listing.c.signed == bindparam("signed"),
    "moved_by": tag_listing.c.moved_by == bindparam("moved_by"),
    "moved_before_ms": tag_listing.c.start_ms < bindparam("moved_before_ms"),
    # What was pushed lately had no time to be pulled.
    "not_pulled_since_ms": and_(
        tag_listing.c.last_pulled_ms < bindparam("not_pulled_since_ms"), tag_listing.c.start_ms < bindparam("not_pulled_since_ms")
    ),
}


@cache
def build_page(column: str, *, descending: bool, asked: tuple[str, ...], is_first: bool) -> Select[Any]:
    """The statement of a page: one range of the index on the column, in its order."""
    order = [tag_listing.c[column]] if column == "name" else [tag_listing.c[column], tag_listing.c.name]
    statement = select(*_COLUMNS).where(tag_listing.c.repository_id == bindparam("repository_id"), *(_CONDITIONS[name] for name in asked))
    # Where the place says it already, SQLite would take the weaker of the two and read everything before the place.
    if column != "end_ms" or descending or is_first:
        statement = statement.where(tag_listing.c.end_ms > bindparam("now_ms"))
    if not is_first:
        here, place = tuple_(*order), tuple_(*(bindparam(f"place_{number}", type_=each.type) for number, each in enumerate(order)))
        statement = statement.where(here < place if descending else here > place)
    return statement.order_by(*(each.desc() if descending else each for each in order)).limit(bindparam("maximum", type_=Integer))


@cache
def _newest_first(asked: tuple[str, ...]) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .where(
            tag_listing.c.repository_id == bindparam("repository_id"),
            tag_listing.c.end_ms > bindparam("now_ms"),
            *(_CONDITIONS[name] for name in asked),
        )
        .order_by(tag_listing.c.start_ms.desc(), tag_listing.c.name)
        .limit(bindparam("maximum"))
        .offset(bindparam("skipped"))
    )


def enlist(
    connection: Connection,
    name: TagName,
    manifest_id: int,
    tag_id: int,
    *,
    start_ms: int,
    end_ms: int | None,
    moved_by: str | None,
    immutable: bool,
    restored: bool = False,
    pulled: tuple[int, int] = (0, 0),
) -> None:
    """List a tag as it is now. One that is listed keeps its pulls; `pulled` (how often, when last) is for one that is not."""
    _ENLIST.run(
        connection,
        tag=name,
        manifest_id=manifest_id,
        tag_id=tag_id,
        start_ms=start_ms,
        end_ms=NEVER_MS if end_ms is None else end_ms,
        moved_by=moved_by or "",
        immutable=immutable,
        restored=restored,
        pulls=pulled[0],
        last_pulled_ms=pulled[1],
    )


def unlist(connection: Connection, repository_id: int, name: str) -> None:
    """Take a tag that ended out of the list."""
    _UNLIST.run(connection, repository_id=repository_id, tag=name)


def refresh_figures(connection: Connection, repository_id: int, sha256: str) -> None:
    """Count anew what refers to a manifest, for every tag on it."""
    _REFRESH.run(connection, in_repository=repository_id, of_digest=sha256)


def list_names_of_digest(connection: Connection, repository_id: int, sha256: str, *, now_ms: int) -> list[str]:
    """The living tags on a manifest."""
    return [row[0] for row in _NAMES_OF_DIGEST.all(connection, in_repository=repository_id, of_digest=sha256, now_ms=now_ms)]


def count_by_digest(connection: Connection, repository_id: int, *, now_ms: int) -> dict[str, int]:
    """How many living tags each manifest has."""
    return {row[0]: row[1] for row in _BY_DIGEST.all(connection, repository_id=repository_id, now_ms=now_ms)}


def list_signatures_of(connection: Connection, repository_id: int, sha256: str, *, now_ms: int) -> list[TagName]:
    """The living tags under which signing tools keep what belongs to a manifest."""
    stem = sha256.replace(":", "-")
    # '/' follows '.' in byte order.
    rows = _SIGNATURES_OF.all(connection, repository_id=repository_id, above=f"{stem}.", below=f"{stem}/", now_ms=now_ms)
    return [TagName(row[0]) for row in rows if is_signature_tag(row[0])]


def list_bound_names(connection: Connection, repository_id: int) -> set[str]:
    """Tags on what belongs to something else: on referrers of a manifest that is there, and on children of an index that has a tag."""
    return {row[0] for row in _BOUND.all(connection, repository_id=repository_id)}


def set_end(connection: Connection, repository_id: int, name: str, end_ms: int | None) -> None:
    """Show another end."""
    _SET_END.run(connection, in_repository=repository_id, tag=name, new_end_ms=NEVER_MS if end_ms is None else end_ms)


def set_immutable(connection: Connection, repository_id: int, name: str, *, immutable: bool) -> None:
    """Show whether the tag may be changed."""
    _SET_IMMUTABLE.run(connection, in_repository=repository_id, tag=name, new_immutable=immutable)


def list_loose(connection: Connection, repository_id: int, *, now_ms: int) -> list[tuple[str, int]]:
    """(name, interval) of living tags that may be changed."""
    return [(row[0], row[1]) for row in _LOOSE.all(connection, repository_id=repository_id, now_ms=now_ms)]


def count_pulls(connection: Connection, pulls: Sequence[tuple[int, str, int]], at_ms: int) -> None:
    """Add to the pulls of (repository, tag, how many). Rows are taken in a fixed order, so that two processes cannot deadlock."""
    rows = [{"in_repository": each[0], "tag": each[1], "more": each[2], "at_ms": at_ms} for each in sorted(pulls)]
    if rows:
        connection.execute(_COUNT_PULLS, rows)


def list_expired(connection: Connection, *, now_ms: int, maximum: int) -> list[tuple[int, str]]:
    """(repository, tag) of listed tags whose time is over."""
    return [(row[0], row[1]) for row in _EXPIRED.all(connection, now_ms=now_ms, maximum=maximum)]


def find_listed(connection: Connection, repository_id: int, name: str, *, now_ms: int) -> ListedTag | None:
    """A living tag."""
    row = _ONE.first(connection, repository_id=repository_id, tag=name, now_ms=now_ms)
    return _listed(row) if row else None


def list_page(
    connection: Connection,
    repository_id: int,
    wanted: TagFilter,
    *,
    column: str,
    descending: bool,
    place: Sequence[Any] | None,
    now_ms: int,
    maximum: int,
) -> list[ListedTag]:
    """Tags in the order of a column (and of their names), behind `place`, which holds the column's value and the name of a tag."""
    asked, values = _ask(wanted)
    statement = build_page(column, descending=descending, asked=asked, is_first=place is None)
    values |= {"repository_id": repository_id, "now_ms": now_ms, "maximum": maximum}
    if place is not None and column == "end_ms" and not descending and place[0] <= now_ms:
        place = (now_ms, _BEHIND_NAMES)
    values |= {f"place_{number}": value for number, value in enumerate(place or ())}
    return [_listed(row) for row in connection.execute(statement, values)]


def list_newest_first(
    connection: Connection, repository_id: int, wanted: TagFilter, *, skipped: int, now_ms: int, maximum: int
) -> list[ListedTag]:
    """Tags as the first version of the API lists them: the newest first, then by name."""
    asked, values = _ask(wanted)
    values |= {"repository_id": repository_id, "now_ms": now_ms, "maximum": maximum, "skipped": skipped}
    return [_listed(row) for row in connection.execute(_newest_first(asked), values)]


def find_place(tag: ListedTag, column: str) -> list[Any]:
    """Where the page behind this tag begins: what `list_page` takes as `place`."""
    if column == "name":
        return [tag.name]
    value: Any = getattr(tag, column)
    missing = {"size_bytes": -1, "end_ms": NEVER_MS, "moved_by": "", "last_pulled_ms": 0}
    return [missing[column] if value is None else value, tag.name]


def _ask(wanted: TagFilter) -> tuple[tuple[str, ...], dict[str, Any]]:
    asked = tuple(name for name in _CONDITIONS if getattr(wanted, name) is not None)
    return asked, {name: getattr(wanted, name) for name in asked}


def _listed(row: Sequence[Any]) -> ListedTag:
    name, manifest_id, digest, size_bytes, start_ms, end_ms, moved_by, immutable, restored, signed, referrers, pulls, last_pulled_ms = row
    return ListedTag(
        name,
        manifest_id,
        digest,
        None if size_bytes < 0 else size_bytes,
        start_ms,
        None if end_ms >= NEVER_MS else end_ms,
        moved_by or None,
        bool(immutable),
        bool(restored),
        bool(signed),
        referrers,
        pulls,
        last_pulled_ms or None,
    )
