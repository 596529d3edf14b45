"""Writing the far part of a very large file past the page cache.

A blob of a few GiB that goes through the page cache throws out what others pull, and copying it there costs as much as hashing it. The
system takes such writes only in whole blocks from aligned memory, so bytes are gathered first, and the odd ones at the ends go the ordinary way.
"""

import errno
import mmap
import os
from collections.abc import Sequence

_BLOCK = 4096
_STAGE_BYTES = 1024 * 1024


class DirectFile:
    """Appends to a file that is open already for ordinary writing; both ways end in the same file."""

    def __init__(self, direct: int, ordinary: int, position: int) -> None:
        self._direct = direct
        self._ordinary = ordinary
        self._position = position  # of the first staged byte
        self._stage = mmap.mmap(-1, _STAGE_BYTES)
        self._staged = 0

    def write(self, pieces: Sequence[bytes | memoryview]) -> None:
        """Append the pieces; the last of them stay in memory until `flush`."""
        for piece in pieces:
            rest = memoryview(piece)
            if not self._staged and self._position % _BLOCK:
                odd = rest[: _BLOCK - self._position % _BLOCK]
                self._position += _write_at(self._ordinary, odd, self._position)
                rest = rest[len(odd) :]
            while len(rest):
                part = rest[: _STAGE_BYTES - self._staged]
                self._stage[self._staged : self._staged + len(part)] = part
                self._staged += len(part)
                rest = rest[len(part) :]
                if self._staged == _STAGE_BYTES:
                    self._write_stage(_STAGE_BYTES)

    def flush(self) -> None:
        """Hand what is staged to the system."""
        whole = self._staged - self._staged % _BLOCK
        if whole:
            self._write_stage(whole)
        if self._staged:
            with memoryview(self._stage) as stage:
                self._position += _write_at(self._ordinary, stage[: self._staged], self._position)
            self._staged = 0

    def close(self) -> None:
        """Release the file; the memory goes with this object, since an error on its way up may still look at it."""
        os.close(self._direct)

    def _write_stage(self, size: int) -> None:
        with memoryview(self._stage) as stage:
            self._position += self._write_blocks(stage[:size])
            left = self._staged - size
            stage[:left] = stage[size : self._staged]
        self._staged = left

    def _write_blocks(self, blocks: memoryview) -> int:
        try:
            return _write_at(self._direct, blocks, self._position)
        except OSError as error:
            # Some file systems open a file this way and then want larger blocks, or a part of a block was all that had room.
            if error.errno != errno.EINVAL:
                raise
        return _write_at(self._ordinary, blocks, self._position)


def open_direct(path: str, ordinary: int, position: int) -> DirectFile | None:
    """A way past the page cache, from `position` on; None where the file system has none."""
    flag = getattr(os, "O_DIRECT", 0)
    if not flag:
        return None
    try:
        return DirectFile(os.open(path, os.O_WRONLY | flag), ordinary, position)
    except OSError:
        return None


def _write_at(file: int, data: memoryview, position: int) -> int:
    """Write all of it; its size."""
    done = 0
    while done < len(data):
        done += os.pwrite(file, data[done:], position + done)
    return done
