"""The collector as background work: on one node at a time, by the lease of its job."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import structlog

from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.jobs.model import Job, JobContext
from pierhead.registry.collector.orphans import remove_orphans
from pierhead.registry.collector.round import Round
from pierhead.registry.collector.sweep import Sweep
from pierhead.registry.model.collector import CollectorLimits

_log = structlog.get_logger("pierhead.collector")


class CollectorServices(Protocol):
    """What these jobs need."""

    @property
    def blobs(self) -> BlobStore: ...
    @property
    def collector(self) -> CollectorLimits: ...


@dataclass(frozen=True)
class CollectGarbage(Job[CollectorServices]):
    """Remove what no tag needs any more, until nothing is due."""

    name: ClassVar[str] = "collect_garbage"

    def run(self, context: JobContext[CollectorServices]) -> None:
        """Stops between two transactions when the worker does; another run goes on from what is due."""
        services = context.services
        if not services.collector.enabled:
            return

        def watch(_step: str) -> None:
            context.check()

        reclaimed = Round(context.database, services.blobs, services.collector, after_step=watch).run()
        if any(reclaimed):
            _log.info("removed what no tag needs", **reclaimed._asdict())


@dataclass(frozen=True)
class SweepRegistry(Job[CollectorServices]):
    """Look at every row and every file once, for what was let go of without a note: the safety net of the collector."""

    name: ClassVar[str] = "sweep_registry"

    def run(self, context: JobContext[CollectorServices]) -> None:
        """Only looks, and lets the next round of the collector do the rest; files without a row are deleted here."""
        services = context.services
        if not services.collector.enabled:
            return
        found = Sweep(context.database, services.collector, check=context.check).run()
        orphans = remove_orphans(context.database, services.blobs, services.collector, check=context.check)
        if found or orphans.orphans:
            _log.warning("found what nobody had noted", rows=found, files=orphans.orphans, file_bytes=orphans.orphan_bytes)
