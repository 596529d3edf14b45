"""A layer's table of contents, as it is known and as it is stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec
import zstandard

from pierhead.layers.model.entries import Entry
from pierhead.layers.model.errors import LayerInvalid

_BATCH = 1000
_BATCH_BYTES = 1024 * 1024
_LENGTH_BYTES = 4
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Entry]).decode


class ContentsState(StrEnum):
    """Whether the table of contents of a layer is there. FAILED: the layer cannot be read, now or later."""

    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StoredContents:
    """What the database knows of a layer's table of contents."""

    state: ContentsState
    reason: str | None
    storage_key: str | None
    entries: int
    unpacked_bytes: int


class ContentsWriter:
    """Writes entries as zstd-compressed batches of msgpack, each behind its length, so that no table is ever whole in memory."""

    def __init__(self, write: Callable[[bytes], object], *, maximum_bytes: int) -> None:
        self._write = write
        self._left_bytes = maximum_bytes
        self._maximum_bytes = maximum_bytes
        self._batch_bytes = 0
        self._compressor = zstandard.ZstdCompressor(level=3).compressobj()
        self._batch: list[Entry] = []
        self.entries = 0

    def add(self, entry: Entry) -> None:
        """Write an entry, now or with others. Raises LayerInvalid when the table becomes too large."""
        self._batch.append(entry)
        self._batch_bytes += len(entry.path) + len(entry.link)
        if entry.records:
            self._batch_bytes += sum(len(name) + len(value) for name, value in entry.records.items())
        self.entries += 1
        if len(self._batch) >= _BATCH or self._batch_bytes >= _BATCH_BYTES:
            self._pass_on()

    def finish(self) -> None:
        """Write what is left."""
        self._pass_on()
        self._write(self._compressor.flush())

    def _pass_on(self) -> None:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        if batch:
            packed = _encode(batch)
            self._left_bytes -= len(packed)
            if self._left_bytes < 0:
                raise LayerInvalid(f"its table of contents is larger than {self._maximum_bytes} bytes")
            piece = self._compressor.compress(len(packed).to_bytes(_LENGTH_BYTES, "big") + packed)
            if piece:
                self._write(piece)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of contents in memory; `size_bytes` as it was before packing, which tells about the memory that it takes."""

    entries: Sequence[Entry]
    size_bytes: int


def read_contents(packed: bytes, *, maximum_bytes: int) -> Table:
    """A stored table. Raises LayerInvalid when it is larger than that."""
    entries: list[Entry] = []
    size = 0
    reader = zstandard.ZstdDecompressor().stream_reader(packed)
    while length := int.from_bytes(reader.read(_LENGTH_BYTES), "big"):
        size += length
        if size > maximum_bytes:
            raise LayerInvalid("the tables of contents of the image's layers are too large together")
        entries += _decode(reader.read(length))
    return Table(entries, size)
