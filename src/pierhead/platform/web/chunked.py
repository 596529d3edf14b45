"""Where a request's body begins and ends on the wire: by its announced length, or in chunks (RFC 9112, section 7.1)."""

import re
from typing import Protocol

_LONGEST_SIZE_LINE = 1024
_LONGEST_TRAILERS = 8 * 1024
# No control characters: somebody on the way may take one for the end of a line, and what follows for another size.
_SIZE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?")
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*")
# What stands between two chunks almost always: one look instead of two lines, since Docker sends 32 chunks in each MiB.
_BETWEEN = re.compile(rb"\r\n([0-9a-fA-F]{1,15})\r\n")


class BrokenFraming(Exception):
    """The bytes are no body of the announced form."""


class BodyDecoder(Protocol):
    """Finds the body in what arrives. `ended` tells that it is whole; `rest` then holds what follows it."""

    ended: bool
    rest: bytes

    def decode(self, data: memoryview) -> list[memoryview]:
        """The parts of `data` that belong to the body, in order. `data` must be writable and may be changed. Raises BrokenFraming."""
        ...


class LengthDecoder:
    """A body of an announced length."""

    def __init__(self, length: int) -> None:
        self._missing = length
        self.ended = length == 0
        self.rest = b""

    def decode(self, data: memoryview) -> list[memoryview]:
        piece = data[: self._missing]
        self._missing -= len(piece)
        if self._missing == 0:
            self.ended = True
            self.rest = bytes(data[len(piece) :])
        return [piece] if len(piece) else []


class ChunkDecoder:
    """A body in chunks. Extensions and trailers are read over."""

    def __init__(self) -> None:
        self.ended = False
        self.rest = b""
        self._missing = 0  # bytes of the present chunk
        self._line = b""  # of a line that the last data broke off
        self._expects_end = False  # of a chunk: an empty line
        self._in_trailers = False
        self._trailer_bytes = 0

    def decode(self, data: memoryview) -> list[memoryview]:
        """Moves the chunks together, to the front of `data`: one piece is hashed and written faster than the 32 of a MiB of Docker's."""
        filled, position, end = 0, 0, len(data)
        while position < end and not self.ended:
            if self._missing:
                size = min(self._missing, end - position)
                if filled < position:
                    data[filled : filled + size] = data[position : position + size]
                filled += size
                position += size
                self._missing -= size
                self._expects_end = self._missing == 0
                continue
            plain = _BETWEEN.match(data, position) if self._expects_end and not self._line else None
            if plain is None:
                position = self._read_line(data, position)
                continue
            position = plain.end()
            self._begin_chunk(int(plain[1], 16))
        if self.ended:
            self.rest = bytes(data[position:])
        return [data[:filled]] if filled else []

    def _read_line(self, data: memoryview, position: int) -> int:
        """Read a line, or keep its beginning; where to go on."""
        window = bytes(data[position : position + _LONGEST_SIZE_LINE])
        at = window.find(b"\n")
        if at < 0:
            self._line += window
            if len(self._line) > _LONGEST_SIZE_LINE:
                raise BrokenFraming("a line between chunks is too long")
            return position + len(window)
        line, self._line = self._line + window[:at], b""
        if not line.endswith(b"\r"):
            raise BrokenFraming("a line between chunks does not end with CR LF")
        self._understand(line[:-1])
        return position + at + 1

    def _understand(self, line: bytes) -> None:
        if self._expects_end:
            if line:
                raise BrokenFraming("a chunk is longer than its size")
            self._expects_end = False
        elif self._in_trailers:
            if line and not _TRAILER.fullmatch(line):
                raise BrokenFraming("a trailer is no field")
            self._trailer_bytes += len(line)
            if self._trailer_bytes > _LONGEST_TRAILERS:
                raise BrokenFraming("the trailers are too long")
            self.ended = not line
        else:
            self._begin_chunk(_parse_size(line))

    def _begin_chunk(self, size: int) -> None:
        self._missing = size
        self._expects_end = False
        self._in_trailers = size == 0


def _parse_size(line: bytes) -> int:
    understood = _SIZE.fullmatch(line)
    if understood is None:
        raise BrokenFraming("the size of a chunk is no number")
    return int(understood[1], 16)
