"""Lists of tags with everything that a page shows of them (tags-and-gc 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pierhead.access.model.identity import Identity
from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.listed_tags import Details, ListedTag, PastTag
from pierhead.registry.model.patterns import TagPattern
from pierhead.registry.model.selection import Order, TagFilter
from pierhead.registry.store import details as details_store
from pierhead.registry.store import history, listing
from pierhead.registry.store.labels import read_labels_of
from pierhead.registry.tag_access import require_readable
from pierhead.repositories.model import Repository
from pierhead.repositories.records import find_tag_window_ms

_INDEX = "index"
_LOOKED_AT = 5000  # tags of one request whose names are compared with a pattern


@dataclass(frozen=True, slots=True)
class ShownTag:
    """A living tag with what is shown of its manifest. `children` is there for an index: by digest, whether the repository holds it."""

    tag: ListedTag
    details: Details
    labels: Mapping[str, str]
    children: Mapping[str, bool] | None


@dataclass(frozen=True, slots=True)
class ShownInterval:
    """An interval of a tag with what is shown of its manifest."""

    interval: PastTag
    details: Details
    children: Mapping[str, bool] | None


@dataclass(frozen=True, slots=True)
class TagPage:
    """Some tags in an order; `following` is where the next page begins, None at the end."""

    tags: list[ShownTag]
    following: Sequence[Any] | None


@dataclass(frozen=True, slots=True)
class NumberedPage:
    """A page of the first version of the API: living tags, or everything that the time machine reaches."""

    tags: list[ShownTag] = field(default_factory=list)
    intervals: list[ShownInterval] = field(default_factory=list)
    has_more: bool = False


def list_tags(
    work: UnitOfWork, identity: Identity, name: str, wanted: TagFilter, order: Order, *, place: Sequence[Any] | None, maximum: int
) -> TagPage:
    """Living tags that the filter means, in the order. A page may be short and still have a following one where a pattern passes over many."""
    repository = require_readable(work, identity, name)

    def read(place: Sequence[Any] | None, maximum: int) -> list[ListedTag]:
        return listing.list_page(
            work.connection,
            repository.id,
            wanted,
            column=order.column,
            descending=order.descending,
            place=place,
            now_ms=work.now_ms,
            maximum=maximum,
        )

    if wanted.pattern is None:
        rows = read(place, maximum + 1)
        chosen, has_more = rows[:maximum], len(rows) > maximum
        following = listing.find_place(chosen[-1], order.column) if has_more and chosen else None
        return TagPage(show_tags(work, repository, chosen), following)
    rows = read(place, _LOOKED_AT + 1)
    described = set(TagPattern(wanted.pattern).select((row.name for row in rows[:_LOOKED_AT]), matching=wanted.pattern_matches))
    chosen = [row for row in rows[:_LOOKED_AT] if row.name in described]
    last = chosen[maximum - 1] if len(chosen) > maximum else rows[_LOOKED_AT - 1] if len(rows) > _LOOKED_AT else None
    return TagPage(show_tags(work, repository, chosen[:maximum]), None if last is None else listing.find_place(last, order.column))


def list_numbered(
    work: UnitOfWork, identity: Identity, name: str, wanted: TagFilter, *, only_living: bool, page: int, maximum: int
) -> NumberedPage:
    """A page by its number, from 1 on: the newest first, then by name."""
    repository = require_readable(work, identity, name)
    skipped = (page - 1) * maximum
    if only_living:
        rows = listing.list_newest_first(work.connection, repository.id, wanted, skipped=skipped, now_ms=work.now_ms, maximum=maximum + 1)
        return NumberedPage(tags=show_tags(work, repository, rows[:maximum]), has_more=len(rows) > maximum)
    horizon_ms = work.now_ms - find_tag_window_ms(work, repository)
    past = history.list_intervals(work.connection, repository.id, wanted, horizon_ms=horizon_ms, skipped=skipped, maximum=maximum + 1)
    return NumberedPage(intervals=_show_intervals(work, repository, past[:maximum]), has_more=len(past) > maximum)


def show_tags(work: UnitOfWork, repository: Repository, tags: Sequence[ListedTag]) -> list[ShownTag]:
    """Three further queries, however many tags."""
    manifest_ids = {tag.manifest_id for tag in tags}
    if not manifest_ids:
        return []
    details = details_store.read_details(work.connection, manifest_ids)
    labels = read_labels_of(work.connection, manifest_ids)
    children = _read_children(work, repository, details)
    return [
        ShownTag(tag, details[tag.manifest_id], labels.get(tag.manifest_id, {}), children.get(tag.manifest_id))
        for tag in tags
        if tag.manifest_id in details
    ]


def _show_intervals(work: UnitOfWork, repository: Repository, intervals: Sequence[PastTag]) -> list[ShownInterval]:
    details = details_store.read_details(work.connection, {each.manifest_id for each in intervals}) if intervals else {}
    children = _read_children(work, repository, details)
    return [
        ShownInterval(each, details[each.manifest_id], children.get(each.manifest_id)) for each in intervals if each.manifest_id in details
    ]


def _read_children(work: UnitOfWork, repository: Repository, details: Mapping[int, Details]) -> dict[int, dict[str, bool]]:
    indexes = [each.id for each in details.values() if each.kind == _INDEX]
    if not indexes:
        return {}
    return {index: {} for index in indexes} | details_store.read_presence(work.connection, repository.id, indexes)
