"""Tags and their manifests as lists and pages show them."""

from typing import NamedTuple


class ListedTag(NamedTuple):
    """A living tag as lists show it. `size_bytes` is None for an index, `end_ms` without an end, `last_pulled_ms` when never pulled."""

    name: str
    manifest_id: int
    digest: str
    size_bytes: int | None
    start_ms: int
    end_ms: int | None
    moved_by: str | None
    immutable: bool
    restored: bool
    signed: bool
    referrers: int
    pulls: int
    last_pulled_ms: int | None


class Details(NamedTuple):
    """What a page shows of a manifest; `platforms` are separated by commas."""

    id: int
    kind: str
    media_type: str
    artifact_type: str | None
    platforms: str | None


class PastTag(NamedTuple):
    """An interval with what it pointed at. `size_bytes` is None for an index."""

    id: int
    name: str
    manifest_id: int
    digest: str
    size_bytes: int | None
    start_ms: int
    end_ms: int | None
    restored: bool
    immutable: bool
    moved_by: str | None


class TagAt(NamedTuple):
    """A tag as it was at a moment, with what is needed to make it so again."""

    name: str
    manifest_id: int
    digest: str
    algorithm: str
    size_bytes: int | None
    immutable: bool
    kind: str
    deleted_ms: int | None
    expires_after_seconds: int | None
    makes_immutable: bool
    id: int
    start_ms: int
