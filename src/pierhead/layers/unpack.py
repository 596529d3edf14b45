"""The bytes of a layer's tar archive, whatever it is packed with: a stream with a place, never a whole layer in memory."""

import zlib
from collections.abc import Callable, Iterator
from typing import IO, Protocol, cast

import zstandard

from pierhead.layers.model.errors import LayerInvalid
from pierhead.layers.model.limits import MIB, LayerLimits
from pierhead.platform.blobstore.base import BlobReader

try:
    from isal.igzip_lib import IsalError
    from isal.isal_zlib import decompressobj
except ImportError:
    # Half as fast; the wheel is not there for every machine.
    from zlib import decompressobj  # type: ignore[assignment]
    from zlib import error as IsalError  # type: ignore[assignment]  # noqa: N812

_CORRUPT: tuple[type[Exception], ...] = (zlib.error, IsalError)  # type: ignore[assignment]  # the library's stub forgets its base
_PACKED_BYTES = 256 * 1024
_PIECE_BYTES = MIB
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib's word for a gzip header
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE = b"\x2a\x4d\x18"  # behind a first byte of 0x50 to 0x5f
_ZSTD_WINDOW_BYTES = 128 * MIB  # what `zstd --ultra` needs; more would let strangers fill the memory

Take = Callable[[bytes], object]
Check = Callable[[], None]
"""Called now and then; raises to end a long piece of work."""


class Packed(Protocol):
    """The packed bytes: a blob."""

    size_bytes: int

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`; fewer only at the end."""
        ...


class LayerStream:
    """The unpacked archive, read forwards only. Every read raises LayerInvalid where the layer is corrupt or beyond a limit."""

    def __init__(self, blob: BlobReader | Packed, limits: LayerLimits, check: Check | None = None) -> None:
        self._check = check
        self._pieces = _unpack(blob)
        self._packed_bytes = max(blob.size_bytes, 1)
        self._limits = limits
        self._piece = b""
        self._used = 0
        self._before = 0  # unpacked bytes before the present piece

    @property
    def position(self) -> int:
        """How many bytes of the archive have been read."""
        return self._before + self._used

    def take(self, length: int) -> bytes:
        """The next bytes, fewer only where the archive ends. For headers: the length is the caller's to bound."""
        used = self._used
        if used + length <= len(self._piece):
            self._used = used + length
            return self._piece[used : used + length]
        found: list[bytes] = []
        self.pass_on(length, found.append, whole=False)
        return b"".join(found)

    def pass_on(self, length: int, take: Take, *, whole: bool = True) -> None:
        """Hand the next bytes to `take`, piece by piece. Raises LayerInvalid when there are fewer, unless they need not be whole."""
        while length > 0:
            left = len(self._piece) - self._used
            if left == 0:
                if not self._advance():
                    if whole:
                        raise LayerInvalid("the archive ends in the middle of an entry")
                    return
                continue
            step = min(left, length)
            is_all = step == len(self._piece)
            take(self._piece if is_all else self._piece[self._used : self._used + step])
            self._used += step
            length -= step

    def skip(self, length: int) -> None:
        """Go on behind the next bytes."""
        self.pass_on(length, _ignore)

    def drain(self) -> int:
        """Read to the end, so that checksums behind the last entry are looked at; the archive's size in bytes."""
        while self._advance():
            pass
        return self._before + len(self._piece)

    def _advance(self) -> bool:
        if self._check is not None:
            self._check()
        try:
            following = next(self._pieces, b"")
        except _CORRUPT as error:
            raise LayerInvalid(f"its gzip data is corrupt ({error})") from error
        except zstandard.ZstdError as error:
            raise LayerInvalid(f"its zstd data is corrupt ({error})") from error
        self._before += len(self._piece)
        self._piece, self._used = following, 0
        unpacked = self._before + len(following)
        if unpacked > self._limits.maximum_unpacked_bytes:
            raise LayerInvalid(f"it unpacks to more than {self._limits.maximum_unpacked_bytes} bytes")
        if unpacked > self._limits.ratio_from_bytes and unpacked > self._limits.maximum_ratio * self._packed_bytes:
            raise LayerInvalid(f"it unpacks to more than {self._limits.maximum_ratio} times its size")
        return bool(following)


def _ignore(_piece: bytes) -> None:
    """Bytes that nobody needs."""


def _unpack(blob: BlobReader | Packed) -> Iterator[bytes]:
    """Pieces of bounded size. What a layer is packed with is seen from its first bytes; media types are often wrong."""
    start = blob.read(0, 4)
    if start.startswith(_GZIP):
        return _inflate(blob)
    if start == _ZSTD or (start[1:] == _ZSTD_SKIPPABLE and start[0] & 0xF0 == 0x50):
        return _unpack_zstd(blob)
    return _read(blob, _PIECE_BYTES)


def _read(blob: BlobReader | Packed, piece_bytes: int) -> Iterator[bytes]:
    position = 0
    while piece := blob.read(position, piece_bytes):
        position += len(piece)
        yield piece


def _inflate(blob: BlobReader | Packed) -> Iterator[bytes]:
    """All members of a gzip stream; what follows behind the last one and is none is ignored, as gzip does."""
    inflater = decompressobj(_GZIP_WINDOW)
    for packed in _read(blob, _PACKED_BYTES):
        rest = packed
        while True:
            if inflater.eof:
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                if rest[:1] != _GZIP[:1]:
                    return
                inflater = decompressobj(_GZIP_WINDOW)
            piece = inflater.decompress(rest, _PIECE_BYTES)
            if piece:
                yield piece
            rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            # A full piece may have more behind it although all input is taken.
            if not rest and len(piece) < _PIECE_BYTES:
                break
    if not inflater.eof:
        raise LayerInvalid("its gzip data ends too early")


def _unpack_zstd(blob: BlobReader | Packed) -> Iterator[bytes]:
    reader = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES).stream_reader(
        cast("IO[bytes]", _File(blob)), read_across_frames=True
    )
    while piece := reader.read(_PIECE_BYTES):
        yield piece


class _File:
    """A blob as the file that zstandard reads from. Frames that end too early are noticed by the archive's reader."""

    def __init__(self, blob: BlobReader | Packed) -> None:
        self._blob = blob
        self._position = 0

    def read(self, length: int) -> bytes:
        piece = self._blob.read(self._position, length)
        self._position += len(piece)
        return piece
