"""The settings that decide about tags, as the composition root hands them on."""

from dataclasses import dataclass

from pierhead.registry.model.policies import PrunePolicy, parse_prune_policy

_HOUR = 3600
_WEEK = 7 * 24 * _HOUR


@dataclass(frozen=True, slots=True)
class TagRules:
    """The fields of the settings' section `tags`, with the same names."""

    change_expiration: bool = True
    expiration_minimum_seconds: int = _HOUR
    expiration_maximum_seconds: int = 104 * _WEEK
    window_options: tuple[str, ...] = ("0s", "1d", "1w", "2w", "4w")
    permanent_deletion: bool = False
    immutable: bool = True
    immutable_can_expire: bool = False
    auto_prune: bool = True
    default_prune_policy: str | None = None

    @property
    def default_prune(self) -> PrunePolicy | None:
        """The policy for every repository."""
        if not self.default_prune_policy:
            return None
        method, _, value = self.default_prune_policy.partition(":")
        return parse_prune_policy(method, value, None, True)

    def clamp_end(self, start_ms: int, end_ms: int) -> int:
        """The end of a tag, brought between the least and the longest span from its start."""
        least = start_ms + self.expiration_minimum_seconds * 1000
        return min(max(end_ms, least), start_ms + self.expiration_maximum_seconds * 1000)

    def list_features(self) -> dict[str, bool]:
        """What `/config` announces."""
        return {
            "AUTO_PRUNE": self.auto_prune,
            "CHANGE_TAG_EXPIRATION": self.change_expiration,
            "IMAGE_PULL_STATS": True,
            "IMMUTABLE_TAGS": self.immutable,
        }

    def list_config(self) -> dict[str, object]:
        """What `/config` tells among the settings."""
        policy = self.default_prune
        return {
            "TAG_EXPIRATION_OPTIONS": list(self.window_options),
            "PERMANENTLY_DELETE_TAGS": self.permanent_deletion,
            "DEFAULT_NAMESPACE_AUTOPRUNE_POLICY": None if policy is None else {"method": policy.method.value, "value": policy.shown_value},
        }


DEFAULT_RULES = TagRules()
