"""Background jobs of squashed images."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import structlog

from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.jobs.model import Job, JobContext
from pierhead.squash import cache
from pierhead.squash.model.cache import CachedSquash, SquashLimits

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


def _delete(blobs: BlobStore, entries: list[CachedSquash]) -> None:
    blobs.delete(entry.storage_key for entry in entries if entry.storage_key is not None)
    for entry in entries:
        if entry.store_state is not None:
            blobs.abort_upload(entry.store_state)
