"""What differs between a repository now and as it was at a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Difference(StrEnum):
    """What making the repository as it was would do to a tag."""

    RESTORED = "restored"  # there is no such tag now
    MOVED = "moved"
    REMOVED = "removed"  # there was no such tag then


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a tag points; `size_bytes` is None for an index."""

    digest: str
    size_bytes: int | None
    immutable: bool


@dataclass(frozen=True, slots=True)
class TagDifference:
    """One tag that is not as it was. `is_blocked`: it may not be changed now."""

    kind: Difference
    name: str
    then: Standing | None
    now: Standing | None

    @property
    def is_blocked(self) -> bool:
        """Whether the tag is immutable now."""
        return self.now is not None and self.now.immutable


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every tag that is not as it was, in byte order, and how many are."""

    at_ms: int
    differences: Sequence[TagDifference]
    same: int
    counts: Mapping[Difference, int] = field(default_factory=dict)
    blocked: int = 0


def compare(at_ms: int, then: Mapping[str, Standing], now: Mapping[str, Standing], *, removes_newer: bool) -> Comparison:
    """What would have to change; tags that came later count only with `removes_newer`."""
    differences, same = [], 0
    for name in sorted(then.keys() | now.keys()):
        before, present = then.get(name), now.get(name)
        if before is None:
            if removes_newer:
                differences.append(TagDifference(Difference.REMOVED, name, None, present))
        elif present is None:
            differences.append(TagDifference(Difference.RESTORED, name, before, None))
        elif present.digest != before.digest:
            differences.append(TagDifference(Difference.MOVED, name, before, present))
        else:
            same += 1
    counts = {kind: sum(1 for each in differences if each.kind is kind) for kind in Difference}
    return Comparison(at_ms, differences, same, counts, sum(1 for each in differences if each.is_blocked))
