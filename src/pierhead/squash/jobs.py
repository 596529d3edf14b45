"""Background jobs of squashed images."""

from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, Protocol

import structlog

from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.jobs.model import Job, JobContext
from pierhead.squash import cache
from pierhead.squash.model.cache import CachedSquash, SquashLimits

_KEYS = 500  # of one look into the database
_ORPHAN_SECONDS = 24 * 3600  # what a process stored a moment ago has no entry yet
_log = structlog.get_logger("pierhead.squash")


class SquashJobServices(Protocol):
    """What these jobs need."""

    @property
    def blobs(self) -> BlobStore: ...
    @property
    def squash(self) -> SquashLimits: ...


@dataclass(frozen=True)
class EvictSquashedImages(Job[SquashJobServices]):
    """Delete squashed images whose manifest is gone, that were never finished, or that no longer fit into the cache."""

    name: ClassVar[str] = "evict_squashed_images"

    def run(self, context: JobContext[SquashJobServices]) -> None:
        """Rows go before bytes: whoever finds a row finds its bytes."""
        services, database = context.services, context.database
        while entries := database.write_now(cache.remove_useless) or database.write_now(cache.evict, services.squash.cache_bytes):
            context.check()
            _delete(services.blobs, entries)
            _log.info("evicted squashed images", images=len(entries))


@dataclass(frozen=True)
class SweepSquashedImages(Job[SquashJobServices]):
    """Delete squashed images that no entry names: a process was killed between storing one and recording it."""

    name: ClassVar[str] = "sweep_squashed_images"
    older_than_seconds: float = _ORPHAN_SECONDS

    def run(self, context: JobContext[SquashJobServices]) -> None:
        blobs = context.services.blobs
        listed = blobs.list_keys(cache.PREFIX, older_than_seconds=self.older_than_seconds)
        while keys := [each.key for each in islice(listed, _KEYS)]:
            context.check()
            known = context.database.read_now(cache.list_known_keys, keys)
            blobs.delete(key for key in keys if key not in known)


def _delete(blobs: BlobStore, entries: list[CachedSquash]) -> None:
    blobs.delete(entry.storage_key for entry in entries if entry.storage_key is not None)
    for entry in entries:
        if entry.store_state is not None:
            blobs.abort_upload(entry.store_state)
