"""Make a squashed image once, in a thread, for everybody who asks meanwhile (squash, section 5).

The bytes go into an upload of the blob store; coroutines that answer clients follow it. When the client that caused it goes away it is
finished all the same, unless nothing will keep it.
"""

import secrets
import threading
import uuid
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from pierhead.layers.find_image import Image
from pierhead.layers.make_contents import make_contents
from pierhead.layers.model.errors import ImageHasNoFiles
from pierhead.layers.model.flatten import flatten
from pierhead.layers.model.limits import LayerLimits
from pierhead.layers.read_contents import ContentsReader
from pierhead.layers.unpack import LayerStream
from pierhead.platform.blobstore.base import BlobReader, BlobStore
from pierhead.platform.blobstore.errors import UploadLost
from pierhead.platform.database import Database
from pierhead.platform.errors import PierheadError
from pierhead.registry.model.stored import StoredBlob
from pierhead.squash import cache
from pierhead.squash.model.archive import Archive, Name, find_moment, parse_config
from pierhead.squash.model.cache import SquashLimits, make_variant
from pierhead.squash.model.plan import Plan, plan_layer
from pierhead.squash.progress import Progress
from pierhead.squash.sink import Sink
from pierhead.squash.write_layer import write_layer

_KEEP_ALIVE_EVERY = timedelta(seconds=cache.LEASE_SECONDS / 4)
_MAXIMUM_CONFIG_BYTES = 8 * 1024 * 1024
_log = structlog.get_logger("pierhead.squash")


class ProductionStopped(Exception):
    """Nobody needs the rest any more, or the process ends."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What productions work with."""

    database: Database
    blobs: BlobStore
    contents: ContentsReader
    layers: LayerLimits
    limits: SquashLimits
    is_read_only: bool


class Production:
    """One squashed image on its way. `run` belongs to a thread, everything else to the event loop."""

    def __init__(self, workshop: Workshop, image: Image, name: Name) -> None:
        self._workshop = workshop
        self._image = image
        self._name = name
        self._store_state = workshop.blobs.begin_upload(f"squash-{uuid.uuid4().hex}")
        self._row: int | None = None
        self._storage_key: str | None = None
        self._will_be_kept = not workshop.is_read_only and workshop.limits.cache_bytes > 0
        self._is_kept = False
        self._alive_at = workshop.database.clock.now()
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self.planned = Progress()
        self.progress = Progress()
        self.followers = 0
        self.size_bytes = 0
        """Of the whole archive; known when `planned` has ended, 0 when there is nothing to send."""
        self.failure: PierheadError | None = None

    @property
    def can_be_followed(self) -> bool:
        """Whether whoever comes now finds all bytes."""
        return self._is_kept or not self.progress.has_ended

    def stop(self) -> None:
        """The process ends."""
        self._stopping.set()

    def run(self) -> None:
        """Plan, write, keep. What followers should hear of is in `failure`, or shows as a stream that ends too early."""
        try:
            planned = self._try_to_plan()
            if planned is not None:
                self._row = self._begin_entry()
                self._will_be_kept = self._row is not None
                self._write(*planned)
        except (PierheadError, ProductionStopped) as error:
            _log.warning("a squashed image was not finished", image=self._name.whole, reason=str(error) or "stopped")
            self._give_up()
        except BaseException:
            self._give_up()
            raise
        finally:
            self._settled.set()
            self.planned.end()
            self.progress.end()

    def read(self, position: int, length: int) -> bytes:
        """Some bytes that are there; for threads. Empty when they are gone."""
        blobs = self._workshop.blobs
        try:
            return blobs.read_upload(self._store_state, position, length)
        except UploadLost:
            # It was finished a moment ago, and lies among the blobs now; or it failed.
            self._settled.wait()
        if self._storage_key is None:
            return b""
        reader = blobs.open(self._storage_key)
        try:
            return reader.read(position, length)
        finally:
            reader.close()

    def discard_unless_kept(self) -> None:
        """Forget the bytes when nobody follows them any more and nothing keeps them; for threads."""
        if self._is_kept:
            return
        if self._storage_key is not None:
            self._workshop.blobs.delete([self._storage_key])
        self._workshop.blobs.abort_upload(self._store_state)

    def _check(self) -> None:
        if self._stopping.is_set() or not (self._will_be_kept or self.followers > 0):
            raise ProductionStopped

    def _try_to_plan(self) -> tuple[Archive, Plan] | None:
        try:
            archive, plan = self._plan()
        except PierheadError as error:
            self.failure = error
            return None
        self.size_bytes = archive.size_bytes
        self.planned.end()
        return archive, plan

    def _plan(self) -> tuple[Archive, Plan]:
        workshop, image = self._workshop, self._image
        config = _read_config(workshop.blobs, image.config)
        stored = [make_contents(workshop.blobs, workshop.database, layer.blob, workshop.layers, self._check) for layer in image.layers]
        tables = workshop.contents.read(stored)
        plan = plan_layer(flatten(tables), moment=find_moment(parse_config(config)))
        return Archive(config, manifest_digest=image.manifest.sha256, name=self._name, layer_bytes=plan.size_bytes), plan

    def _begin_entry(self) -> int | None:
        """The entry of the cache; None when this stream is not kept: it is too large, or another process makes it as well."""
        workshop = self._workshop
        if workshop.is_read_only or self.size_bytes > workshop.limits.cache_bytes:
            return None
        variant = make_variant(self._name.whole)
        return workshop.database.write_now(
            cache.begin, self._image.manifest.id, variant, store_state=self._store_state, size_bytes=self.size_bytes
        )

    def _write(self, archive: Archive, plan: Plan) -> None:
        blobs = self._workshop.blobs
        writer = blobs.open_writer(self._store_state, 0)
        try:
            sink = Sink(writer, self.progress, self._after_batch)
            sink.write(archive.opening)
            write_layer(plan, [partial(blobs.open, layer.blob.storage_key) for layer in self._image.layers], self._unpack, sink.write_layer)
            sink.write(archive.close(sink.layer_digest()))
            sink.flush()
        finally:
            writer.close()
        if self.progress.available_bytes != self.size_bytes:
            raise AssertionError("the plan of a squashed image names its exact size")
        if self._row is not None:
            self._keep(sink.state, self._row)

    def _unpack(self, reader: BlobReader) -> LayerStream:
        return LayerStream(reader, self._workshop.layers, self._check)

    def _keep(self, state: str, row: int) -> None:
        workshop = self._workshop
        digits = self._image.manifest.sha256.partition(":")[2]
        key = workshop.blobs.commit_upload(state, self.size_bytes, f"{cache.PREFIX}/{digits[:2]}/{digits}-{secrets.token_hex(8)}")
        self._storage_key = key
        self._is_kept = workshop.database.write_now(cache.finish, row, self._store_state, key=key, size_bytes=self.size_bytes)
        evicted = workshop.database.write_now(cache.evict, workshop.limits.cache_bytes)
        workshop.blobs.delete(entry.storage_key for entry in evicted if entry.storage_key is not None)

    def _after_batch(self) -> None:
        """A living entry has a living lease."""
        self._check()
        now = self._workshop.database.clock.now()
        if self._row is not None and now - self._alive_at > _KEEP_ALIVE_EVERY:
            self._alive_at = now
            self._workshop.database.write_now(cache.keep_alive, self._row, self._store_state)

    def _give_up(self) -> None:
        row, self._row, self._will_be_kept = self._row, None, False
        self._workshop.blobs.abort_upload(self._store_state)
        if row is not None and not self._is_kept:
            self._workshop.database.write_now(cache.give_up, row)


def _read_config(blobs: BlobStore, config: StoredBlob) -> bytes:
    if config.size_bytes > _MAXIMUM_CONFIG_BYTES:
        raise ImageHasNoFiles(f"its config is larger than {_MAXIMUM_CONFIG_BYTES} bytes")
    reader = blobs.open(config.storage_key)
    try:
        return reader.read(0, config.size_bytes)
    finally:
        reader.close()
