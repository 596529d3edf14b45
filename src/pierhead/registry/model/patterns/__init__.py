"""Regular expressions over names of tags, which can never take long: whoever writes a policy is a stranger."""

from pierhead.registry.model.patterns.pattern import MAXIMUM_PATTERN, PatternInvalid, PatternTooSlow, TagPattern

__all__ = ["MAXIMUM_PATTERN", "PatternInvalid", "PatternTooSlow", "TagPattern"]
