"""Which tags a request means, as query parameters or as an object in a body."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from pierhead.access.api.dependencies import Services
from pierhead.access.api.routing import parse_flag
from pierhead.platform.clock import to_milliseconds
from pierhead.registry.model.durations import parse_duration
from pierhead.registry.model.patterns import MAXIMUM_PATTERN
from pierhead.registry.model.selection import TagFilter

_Text = Annotated[str, Query(max_length=255, pattern="^[^\\x00]*$")]
_Pattern = Annotated[str, Query(max_length=MAXIMUM_PATTERN)]
_Span = Annotated[str, Query(max_length=16)]


class FilterBody(BaseModel):
    """Tags that are as every field says. `older_than` and `not_pulled_for` are spans such as `30d`; `all` means every tag."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"pattern": "dev-.*", "older_than": "30d"}]})

    all: bool = False
    contains: Annotated[str, Field(max_length=255, pattern="^[^\\x00]*$")] | None = None
    pattern: Annotated[str, Field(max_length=MAXIMUM_PATTERN)] | None = None
    pattern_matches: bool = True
    manifest_digest: Annotated[str, Field(max_length=255, pattern="^[^\\x00]*$")] | None = None
    immutable: bool | None = None
    signed: bool | None = None
    pushed_by: Annotated[str, Field(max_length=255, pattern="^[^\\x00]*$")] | None = None
    older_than: Annotated[str, Field(max_length=16)] | None = None
    not_pulled_for: Annotated[str, Field(max_length=16)] | None = None

    def read(self, now_ms: int) -> TagFilter:
        """Raises DurationInvalid."""
        return TagFilter(
            name_contains=self.contains or None,
            pattern=self.pattern or None,
            pattern_matches=self.pattern_matches,
            digest=self.manifest_digest or None,
            immutable=self.immutable,
            signed=self.signed,
            moved_by=self.pushed_by or None,
            moved_before_ms=_before(self.older_than, now_ms),
            not_pulled_since_ms=_before(self.not_pulled_for, now_ms),
        )


def _before(span: str | None, now_ms: int) -> int | None:
    return None if not span else now_ms - parse_duration(span) * 1000


def parse_filter(
    services: Services,
    contains: Annotated[_Text | None, Query(alias="filter")] = None,
    pattern: _Pattern | None = None,
    pattern_matches: str | None = None,
    manifest_digest: _Text | None = None,
    immutable: str | None = None,
    signed: str | None = None,
    pushed_by: _Text | None = None,
    older_than: _Span | None = None,
    not_pulled_for: _Span | None = None,
) -> TagFilter:
    """The same as query parameters; `filter` is a part of the name."""
    body = FilterBody(
        contains=contains,
        pattern=pattern,
        pattern_matches=parse_flag(pattern_matches, default=True),
        manifest_digest=manifest_digest,
        immutable=None if immutable is None else parse_flag(immutable, default=False),
        signed=None if signed is None else parse_flag(signed, default=False),
        pushed_by=pushed_by,
        older_than=older_than,
        not_pulled_for=not_pulled_for,
    )
    return body.read(to_milliseconds(services.database.clock.now()))


Filter = Annotated[TagFilter, Depends(parse_filter)]
