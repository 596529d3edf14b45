"""Byte ranges: of a download (`Range`, RFC 9110) and of an upload's chunk (`Content-Range` as the distribution specification writes it)."""

import re
from dataclasses import dataclass

from pierhead.platform.errors import Invalid

_DOWNLOAD = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)
_CHUNK = re.compile(r"(?:bytes[ =])?(\d{1,19})-(\d{1,19})(?:/(?:\d{1,19}|\*))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` to `end`, both included."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes it spans."""
        return self.end - self.start + 1


class RangeUnsatisfiable(Invalid):
    """The range of a download lies outside the blob of `size_bytes`."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        super().__init__("The requested range lies outside the blob.", detail={"size": size_bytes})


class ChunkRangeInvalid(Invalid):
    """The `Content-Range` of a chunk cannot be read."""


def parse_download_range(header: str, size_bytes: int) -> ByteRange | None:
    """The range to send; None sends the whole (no range, several ranges or another unit). Raises RangeUnsatisfiable."""
    match = _DOWNLOAD.fullmatch(header.strip().replace(" ", ""))
    if match is None:
        return None
    first, last = match.groups()
    if not first:
        if not last:
            return None
        length = min(int(last), size_bytes)
        if length == 0:
            raise RangeUnsatisfiable(size_bytes)
        return ByteRange(size_bytes - length, size_bytes - 1)
    start = int(first)
    end = min(int(last), size_bytes - 1) if last else size_bytes - 1
    if start >= size_bytes or end < start:
        raise RangeUnsatisfiable(size_bytes)
    return ByteRange(start, end)


def parse_chunk_range(header: str) -> ByteRange:
    """The place of a chunk in its upload. Raises ChunkRangeInvalid."""
    match = _CHUNK.fullmatch(header.strip())
    if match is None or int(match[2]) < int(match[1]):
        raise ChunkRangeInvalid(
            f"The Content-Range '{header[:80]}' cannot be read: write <first>-<last>.", detail={"content_range": header[:80]}
        )
    return ByteRange(int(match[1]), int(match[2]))
