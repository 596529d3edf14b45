"""Read one file out of a layer."""

import tarfile
import threading
from collections.abc import Callable
from typing import IO, cast

from pierhead.layers.model.entries import Entry
from pierhead.layers.model.errors import LayerInvalid, ReadingStopped
from pierhead.layers.model.limits import LayerLimits
from pierhead.layers.unpack import LayerStream
from pierhead.platform.blobstore.base import BlobReader, BlobStore

_PIECE_BYTES = 256 * 1024


class FileReader:
    """A stretch of a file's bytes, piece by piece. Getting there means unpacking the layer up to the file. Blocks; safe to close while it reads."""

    def __init__(self, blobs: BlobStore, key: str, entry: Entry, limits: LayerLimits) -> None:
        """For the layer that lies under `key`."""
        self._blobs = blobs
        self._key = key
        self._entry = entry
        self._limits = limits
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._blob: BlobReader | None = None
        self._read: Callable[[int], bytes] = _read_nothing
        self._left = 0

    def go_to(self, start: int, length: int) -> None:
        """Let `read` begin at this byte of the file and end after so many. Raises BlobMissing, LayerInvalid and ReadingStopped."""
        with self._lock:
            self._check()
            self._blob = self._blobs.open(self._key)
            stream = LayerStream(self._blob, self._limits, self._check)
            self._left = length
            if self._entry.is_sparse:
                stream.skip(self._entry.start)
                self._read = _open_sparse(stream).read
                while start > 0:
                    start -= len(self._read(min(start, _PIECE_BYTES)))
            else:
                stream.skip(self._entry.data + start)
                self._read = stream.take

    def read(self) -> bytes:
        """The next piece; empty at the end. Raises as `go_to`."""
        with self._lock:
            length = min(_PIECE_BYTES, self._left)
            if length == 0:
                return b""
            piece = self._read(length)
            if len(piece) < length:
                raise LayerInvalid("the archive ends in the middle of a file")
            self._left -= length
            return piece

    def stop(self) -> None:
        """Whoever reads in another thread ends soon."""
        self._stopping.set()

    def close(self) -> None:
        """Release the layer."""
        with self._lock:
            if self._blob is not None:
                self._blob.close()

    def _check(self) -> None:
        if self._stopping.is_set():
            raise ReadingStopped


def _read_nothing(_length: int) -> bytes:
    return b""


class _Archive:
    """The rest of a stream, as the file that `tarfile` reads from."""

    def __init__(self, stream: LayerStream) -> None:
        self._stream = stream

    def read(self, length: int) -> bytes:
        return self._stream.take(length)


def _open_sparse(stream: LayerStream) -> IO[bytes]:
    """A file with holes: the standard library knows the four ways in which archives write down where they are."""
    archive = tarfile.open(fileobj=cast("IO[bytes]", _Archive(stream)), mode="r|")  # noqa: SIM115  # it holds nothing but the stream
    try:
        info = archive.next()
        found = None if info is None else archive.extractfile(info)
    except tarfile.TarError as error:
        raise LayerInvalid(f"a file with holes cannot be read ({error})") from error
    if found is None:
        raise LayerInvalid("a file with holes cannot be read")
    return found
