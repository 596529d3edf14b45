"""What the collector works by, and what it tells about its work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class CollectorLimits:
    """The settings of the collector, as the composition root hands them on."""

    enabled: bool = True
    grace_seconds: int = 3600
    batch: int = 100
    pause_ms: int = 5
    transaction_ms: int = 50
    orphan_seconds: int = 24 * 3600

    @property
    def grace_ms(self) -> int:
        """The grace in milliseconds."""
        return self.grace_seconds * 1000


class Reclaimed(NamedTuple):
    """Rows that were removed, and bytes that were deleted; orphans are files that no row named."""

    tags: int = 0
    manifests: int = 0
    blobs: int = 0
    freed_bytes: int = 0
    orphans: int = 0
    orphan_bytes: int = 0

    def plus(self, other: "Reclaimed") -> "Reclaimed":
        """Both together."""
        return Reclaimed(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class RoundFigures(NamedTuple):
    """The last round, in Unix milliseconds: `ended_ms` is 0 while it runs, both are 0 before the first."""

    began_ms: int = 0
    ended_ms: int = 0
    freed_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is due, by queue, counted up to `limit`; since when the oldest of it is (Unix milliseconds)."""

    due: Mapping[str, int]
    oldest_ms: int | None
    limit: int
