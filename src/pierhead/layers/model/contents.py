"""A layer's table of contents, as it is known and as it is stored."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import msgspec
import zstandard

from pierhead.layers.model.entries import Entry

_BATCH = 1000
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

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._compressor = zstandard.ZstdCompressor(level=3).compressobj()
        self._batch: list[Entry] = []
        self.entries = 0

    def add(self, entry: Entry) -> None:
        """Write an entry, now or with others."""
        self._batch.append(entry)
        self.entries += 1
        if len(self._batch) >= _BATCH:
            self._pass_on()

    def finish(self) -> None:
        """Write what is left."""
        self._pass_on()
        self._write(self._compressor.flush())

    def _pass_on(self) -> None:
        batch, self._batch = self._batch, []
        if batch:
            packed = _encode(batch)
            piece = self._compressor.compress(len(packed).to_bytes(_LENGTH_BYTES, "big") + packed)
            if piece:
                self._write(piece)


def read_contents(packed: bytes) -> list[Entry]:
    """Every entry of a stored table."""
    return [entry for batch in _read_batches(packed) for entry in batch]


def _read_batches(packed: bytes) -> Iterator[list[Entry]]:
    reader = zstandard.ZstdDecompressor().stream_reader(packed)
    while length := reader.read(_LENGTH_BYTES):
        yield _decode(reader.read(int.from_bytes(length, "big")))
