"""Values of the cache of squashed images."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class SquashState(StrEnum):
    """UPLOADING: a process writes it and keeps its lease alive. READY: whole."""

    UPLOADING = "uploading"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class CachedSquash:
    """A row of the cache."""

    id: int
    state: SquashState
    store_state: str | None
    storage_key: str | None
    size_bytes: int
    lease_until_ms: int
    used_ms: int


@dataclass(frozen=True, slots=True)
class SquashLimits:
    """The settings `squash.*`."""

    cache_bytes: int = 20 * 1024 * 1024 * 1024
    threads: int = 2


def make_variant(name: str) -> str:
    """What the content depends on besides the manifest: the whole name under which the image is loaded."""
    return hashlib.sha256(name.encode()).hexdigest()
