"""The settings that decide about tags, as the composition root hands them on."""

from dataclasses import dataclass

_HOUR = 3600
_WEEK = 7 * 24 * _HOUR


@dataclass(frozen=True, slots=True)
class TagRules:
    """Spans in seconds."""

    minimum_expiry_seconds: int = _HOUR
    maximum_expiry_seconds: int = 104 * _WEEK
    change_expiration: bool = True
    permanent_deletion: bool = False
    immutable_tags: bool = True
    immutable_can_expire: bool = False
    auto_prune: bool = True

    def clamp_end(self, start_ms: int, end_ms: int) -> int:
        """The end of a tag, brought between the least and the longest span from its start."""
        least = start_ms + self.minimum_expiry_seconds * 1000
        return min(max(end_ms, least), start_ms + self.maximum_expiry_seconds * 1000)


DEFAULT_RULES = TagRules()
