"""What a tag is: a name whose target changes over time, kept as intervals that never overlap."""

from dataclasses import dataclass

from pierhead.registry.model.names import TagName


@dataclass(frozen=True, slots=True)
class TagInterval:
    """One stretch of a tag's life. Times are Unix milliseconds; `end_ms` is exclusive, None has no end."""

    name: TagName
    digest: str
    start_ms: int
    end_ms: int | None
    restored: bool = False
    immutable: bool = False

    def is_alive(self, now_ms: int) -> bool:
        """Whether a pull at this moment finds it."""
        return self.end_ms is None or self.end_ms > now_ms


@dataclass(frozen=True, slots=True)
class Move:
    """What pointing a tag somewhere changed: `previous` is the digest it left, None for a new tag."""

    name: TagName
    digest: str
    previous: str | None
