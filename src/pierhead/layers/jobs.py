"""Background jobs of layers: each is read once, after the push that brought it."""

from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar, Protocol

import structlog

from pierhead.layers import store
from pierhead.layers.find_image import Image, list_images
from pierhead.layers.make_contents import CONTENTS_PREFIX, make_contents
from pierhead.layers.model.limits import LayerLimits
from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.database import UnitOfWork
from pierhead.platform.jobs.model import Job, JobContext
from pierhead.platform.jobs.queue import enqueue
from pierhead.platform.outbox.model import EventJob
from pierhead.registry import records
from pierhead.registry.events import RepositoryPush
from pierhead.registry.model.names import parse_digest
from pierhead.registry.model.stored import StoredBlob
from pierhead.repositories.records import find_repository

LAYER_QUEUE = "layers"
"""Reading a huge layer takes minutes, so a limit of its own keeps other jobs from waiting behind several."""
_BATCH = 100
_KEYS = 500  # of one look into the database
_ORPHAN_SECONDS = 24 * 3600  # what a process stored a moment ago has no row yet
_log = structlog.get_logger("pierhead.layers")


class LayerJobServices(Protocol):
    """What these jobs need."""

    @property
    def blobs(self) -> BlobStore: ...
    @property
    def layers(self) -> LayerLimits: ...


@dataclass(frozen=True)
class ReadLayer(Job[LayerJobServices]):
    """Make the table of contents of one layer, unless it is there."""

    name: ClassVar[str] = "read_layer"
    queue: ClassVar[str] = LAYER_QUEUE
    sha256: str

    def run(self, context: JobContext[LayerJobServices]) -> None:
        """A layer that cannot be read is recorded with the reason; that is no failure of the job."""
        blob = context.database.read_now(_find_blob, self.sha256)
        if blob is not None:
            make_contents(context.services.blobs, context.database, blob, context.services.layers, context.check)


@dataclass(frozen=True)
class ReadNewLayers(EventJob[LayerJobServices]):
    """After a push: have every layer read that was not."""

    name: ClassVar[str] = "read_new_layers"
    event: RepositoryPush

    def run(self, context: JobContext[LayerJobServices]) -> None:
        if context.services.layers.read_on_push:
            context.database.write_now(_enqueue_of_push, self.event)


@dataclass(frozen=True)
class RemoveOrphanedContents(Job[LayerJobServices]):
    """Delete tables of contents whose layer was collected."""

    name: ClassVar[str] = "remove_orphaned_contents"

    def run(self, context: JobContext[LayerJobServices]) -> None:
        """Bytes go before the row: a job that dies in between finds the row again."""
        while orphans := context.database.read_now(_list_orphans):
            context.check()
            context.services.blobs.delete(key for _, key in orphans if key is not None)
            context.database.write_now(_remove, [row_id for row_id, _ in orphans])
            _log.info("removed contents of collected layers", layers=len(orphans))


@dataclass(frozen=True)
class SweepContents(Job[LayerJobServices]):
    """Delete tables of contents that no row names: a process was killed between storing one and recording it."""

    name: ClassVar[str] = "sweep_contents"
    older_than_seconds: float = _ORPHAN_SECONDS

    def run(self, context: JobContext[LayerJobServices]) -> None:
        blobs = context.services.blobs
        listed = blobs.list_keys(CONTENTS_PREFIX, older_than_seconds=self.older_than_seconds)
        while keys := [each.key for each in islice(listed, _KEYS)]:
            context.check()
            known = context.database.read_now(_list_known, keys)
            blobs.delete(key for key in keys if key not in known)


def enqueue_unread(work: UnitOfWork, image: Image) -> int:
    """Have those layers read that were not; how many are not."""
    unread = {layer.blob.sha256: layer.blob for layer in image.layers if store.find_contents(work.connection, layer.blob.id) is None}
    for sha256 in unread:
        job: Job[Any] = ReadLayer(sha256)
        enqueue(work, job, key=f"{ReadLayer.name}:{sha256}")
    return len(unread)


def _enqueue_of_push(work: UnitOfWork, event: RepositoryPush) -> None:
    repository = find_repository(work, event.repository)
    manifest = records.find_manifest(work, repository.id, parse_digest(event.digest)) if repository is not None else None
    if repository is None or manifest is None:
        return
    for image in list_images(work, repository, manifest):
        enqueue_unread(work, image)


def _find_blob(work: UnitOfWork, sha256: str) -> StoredBlob | None:
    return records.find_blob(work, parse_digest(sha256))


def _list_orphans(work: UnitOfWork) -> list[tuple[int, str | None]]:
    return store.list_without_layer(work.connection, _BATCH)


def _list_known(work: UnitOfWork, keys: list[str]) -> set[str]:
    return store.list_known_keys(work.connection, keys)


def _remove(work: UnitOfWork, ids: list[int]) -> None:
    store.remove(work.connection, ids)
