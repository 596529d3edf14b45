"""What a tag is: a name whose target changes over time, kept as intervals that never overlap."""

import re
from dataclasses import dataclass
from enum import StrEnum

from pierhead.registry.model.names import TagName

_SIGNATURE = re.compile(r"sha256-([0-9a-f]{64})\.(?:sig|att|sbom)", re.ASCII)
_SIGNATURE_ENDINGS = ("sig", "att", "sbom")
SIGNATURE_TYPES = (
    "application/vnd.dev.cosign.artifact.sig.v1+json",
    "application/vnd.dev.sigstore.bundle.v0.3+json",
    "application/vnd.cncf.notary.signature",
)
"""The artifact types of referrers that sign their subject."""


class EndReason(StrEnum):
    """Why an interval ended; one whose time was over has no reason."""

    MOVED = "moved"
    DELETED = "deleted"
    PRUNED = "pruned"
    PURGED = "purged"


class EventKind(StrEnum):
    """What happened to a tag at a moment."""

    CREATED = "created"
    RECREATED = "recreated"
    MOVED = "moved"
    PUSHED_AGAIN = "pushed_again"
    RESTORED = "restored"
    DELETED = "deleted"
    PRUNED = "pruned"
    EXPIRED = "expired"


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


@dataclass(frozen=True, slots=True)
class TagEvent:
    """One entry of a history. `previous` is the digest that the tag left or had; `by` is None for time itself and for what is not known."""

    kind: EventKind
    name: str
    at_ms: int
    digest: str
    previous: str | None
    by: str | None
    can_be_restored: bool  # whether the time machine still reaches `digest`, or for an ending what ended


def is_signature_tag(name: str) -> bool:
    """Whether the name is one that signing tools give to what belongs to another manifest."""
    return _SIGNATURE.fullmatch(name) is not None


def find_signed_digest(name: str) -> str | None:
    """The digest of the manifest that a signature tag belongs to."""
    match = _SIGNATURE.fullmatch(name)
    return f"sha256:{match[1]}" if match else None


def list_signature_tags(sha256: str) -> list[TagName]:
    """The names under which signing tools keep what belongs to a manifest."""
    return [TagName(f"{sha256.replace(':', '-')}.{ending}") for ending in _SIGNATURE_ENDINGS]
