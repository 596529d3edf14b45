"""Where the bytes of a squashed image go: into an upload, to those who follow it, and through the hash of its layer."""

import hashlib
from collections.abc import Callable

from pierhead.platform.blobstore.base import UploadWriter
from pierhead.squash.progress import Progress

_BATCH_BYTES = 1024 * 1024
_FIRST_BATCH_BYTES = 64 * 1024  # so that the first byte does not wait for the first megabyte


class Sink:
    """Gathers pieces into batches. Used by one thread; `after_batch` is called now and then and raises to end the work."""

    def __init__(self, writer: UploadWriter, progress: Progress, after_batch: Callable[[], None]) -> None:
        self._writer = writer
        self._progress = progress
        self._after_batch = after_batch
        self._batch: list[bytes] = []
        self._size = 0
        self._enough = _FIRST_BATCH_BYTES
        self._layer = hashlib.sha256()
        self.state = ""

    def write(self, piece: bytes) -> None:
        """Append bytes around the layer."""
        self._batch.append(piece)
        self._size += len(piece)
        if self._size >= self._enough:
            self.flush()

    def write_layer(self, piece: bytes) -> None:
        """Append bytes of the layer."""
        self._layer.update(piece)
        self.write(piece)

    def layer_digest(self) -> str:
        """The digest of the layer's bytes."""
        return f"sha256:{self._layer.hexdigest()}"

    def flush(self) -> None:
        """Hand everything to the upload and to the followers."""
        batch, self._batch = self._batch, []
        self._size, self._enough = 0, _BATCH_BYTES
        piece = batch[0] if len(batch) == 1 else b"".join(batch)
        self._writer.write([piece])
        self.state = self._writer.flush()
        self._progress.advance(piece)
        self._after_batch()
