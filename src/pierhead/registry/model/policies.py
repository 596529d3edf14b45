"""Policies about tags: which may not be changed, and which go by themselves (tags-and-gc 5 and 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pierhead.platform.errors import Invalid, NotFound
from pierhead.registry.model.durations import find_duration
from pierhead.registry.model.patterns import TagPattern
from pierhead.registry.model.tags import is_signature_tag

_MOST = 1_000_000


class PruneMethod(StrEnum):
    """What a policy looks at."""

    NUMBER_OF_TAGS = "number_of_tags"
    CREATION_DATE = "creation_date"
    LAST_PULL = "last_pull"


class PolicyNotFound(NotFound):
    """The organization, user or repository has no such policy."""

    message = "Not Found"


class PolicyInvalid(Invalid):
    """The policy breaks a rule."""


class PolicyExists(Invalid):
    """There is such a policy already."""

    message = "A policy that says the same exists already."


class TooManyPolicies(Invalid):
    """A namespace or repository has as many policies as it may have."""

    def __init__(self, maximum: int) -> None:
        super().__init__(f"At most {maximum} policies are possible here.")


@dataclass(frozen=True, slots=True)
class ImmutabilityPolicy:
    """Tags that the pattern describes (or, without `matches`, all others) may be neither moved nor deleted."""

    pattern: str
    matches: bool = True
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class PrunePolicy:
    """Which tags go: all beyond the newest `value`, or those that were pushed (or last pulled) longer ago than `value` says."""

    method: PruneMethod
    value: str
    pattern: str | None = None
    matches: bool = True
    uuid: str = ""

    @property
    def number(self) -> int:
        """How many tags stay."""
        return int(self.value)

    @property
    def shown_value(self) -> int | str:
        """The value as it stands on the wire."""
        return self.number if self.method is PruneMethod.NUMBER_OF_TAGS else self.value

    @property
    def seconds(self) -> int:
        """The age from which tags go."""
        return find_duration(self.value) or 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A living tag as pruning sees it, `size_bytes` 0 for an index."""

    name: str
    digest: str
    start_ms: int
    last_pulled_ms: int
    size_bytes: int
    immutable: bool


def parse_immutability_policy(pattern: str, matches: bool) -> ImmutabilityPolicy:
    """Raises PatternInvalid."""
    TagPattern(pattern)
    return ImmutabilityPolicy(pattern, matches)


def parse_prune_policy(method: str, value: object, pattern: str | None, matches: bool) -> PrunePolicy:
    """A policy from what a client sent. Raises PolicyInvalid and PatternInvalid."""
    if method not in list(PruneMethod):
        raise PolicyInvalid(f"Invalid method: use one of {', '.join(PruneMethod)}.")
    kind = PruneMethod(method)
    if kind is PruneMethod.NUMBER_OF_TAGS:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | str)
            or not str(value).isdecimal()
            or not 0 < int(str(value)[:9]) <= _MOST
        ):
            raise PolicyInvalid(f"The value of number_of_tags is a number from 1 to {_MOST}.")
        text = str(int(value))
    else:
        text = str(value)
        if len(text) > 16 or not find_duration(text):
            raise PolicyInvalid(f"The value of {kind} is a span of time such as 7d, in s, m, h, d or w, and not zero.")
    if pattern:
        TagPattern(pattern)
    return PrunePolicy(kind, text, pattern or None, matches)


def find_immutability(policies: Sequence[ImmutabilityPolicy], name: str) -> ImmutabilityPolicy | None:
    """The first policy that forbids changes of the tag."""
    for policy in policies:
        # A pattern remembers how it matched, so each caller has its own.
        if TagPattern(policy.pattern).matches(name) is policy.matches:
            return policy
    return None


def select_pruned(policy: PrunePolicy, tags: Sequence[Candidate], *, now_ms: int) -> list[Candidate]:
    """The tags that the policy lets go. Immutable ones and those of signatures are neither taken nor counted. Raises PatternTooSlow."""
    chosen = [tag for tag in tags if not tag.immutable and not is_signature_tag(tag.name)]
    if policy.pattern is not None:
        names = set(TagPattern(policy.pattern).select((tag.name for tag in chosen), matching=policy.matches))
        chosen = [tag for tag in chosen if tag.name in names]
    if policy.method is PruneMethod.NUMBER_OF_TAGS:
        return sorted(chosen, key=lambda tag: (-tag.start_ms, tag.name))[policy.number :]
    before_ms = now_ms - policy.seconds * 1000
    if policy.method is PruneMethod.CREATION_DATE:
        return [tag for tag in chosen if tag.start_ms < before_ms]
    return [tag for tag in chosen if max(tag.last_pulled_ms, tag.start_ms) < before_ms]
