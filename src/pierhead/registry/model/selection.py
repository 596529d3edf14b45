"""Which tags a list or a change is about, and in which order a list stands."""

from dataclasses import dataclass, replace

from pierhead.platform.errors import Invalid

SORT_COLUMNS = {
    "name": "name",
    "manifest_digest": "digest",
    "size": "size_bytes",
    "last_modified": "start_ms",
    "expiration": "end_ms",
    "pushed_by": "moved_by",
    "immutable": "immutable",
    "signed": "signed",
    "referrers_count": "referrers",
    "pull_count": "pulls",
    "last_pulled": "last_pulled_ms",
}
"""The columns of the page of tags, by their names on the wire."""


class FilterInvalid(Invalid):
    """A filter or an order that does not exist."""


@dataclass(frozen=True, slots=True)
class TagFilter:
    """What is None does not matter; a tag has to be as everything else says. `pattern` describes whole names."""

    name: str | None = None
    name_contains: str | None = None
    pattern: str | None = None
    pattern_matches: bool = True
    digest: str | None = None
    immutable: bool | None = None
    signed: bool | None = None
    moved_by: str | None = None
    moved_before_ms: int | None = None
    not_pulled_since_ms: int | None = None

    def within(self, names: "TagFilter") -> "TagFilter":
        """The same, and the name as another filter says."""
        return replace(self, name=names.name or self.name, name_contains=self.name_contains or names.name_contains)


EVERYTHING = TagFilter()


@dataclass(frozen=True, slots=True)
class Order:
    """`column` is one of the values of SORT_COLUMNS."""

    column: str
    descending: bool


def parse_order(text: str) -> Order:
    """`name`, or `-name` for the other direction. Raises FilterInvalid."""
    column = SORT_COLUMNS.get(text.removeprefix("-"))
    if column is None:
        raise FilterInvalid(f"Tags can be sorted by {', '.join(SORT_COLUMNS)}; a '-' before the name turns the order around.")
    return Order(column, text.startswith("-"))


def parse_name_filter(text: str) -> TagFilter:
    """`like:x` or `eq:x`, as the first version of the API has it. Raises FilterInvalid."""
    kind, colon, value = text.partition(":")
    if not colon or kind not in ("like", "eq") or "\0" in value:
        raise FilterInvalid("filter_tag_name has to be like:<text> or eq:<name>.")
    if not value:
        return EVERYTHING
    return TagFilter(name_contains=value[:128]) if kind == "like" else TagFilter(name=value[:128])
