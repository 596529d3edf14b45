"""An entry of a layer's tar archive: what it says, and where in the unpacked archive it stands."""

from enum import IntEnum

import msgspec

from pierhead.layers.model.errors import LayerInvalid
from pierhead.layers.model.limits import LayerLimits

WHITEOUT = b".wh."
WHITEOUT_META = b".wh..wh."
OPAQUE = b".wh..wh..opq"
SPARSE_NAME = b"GNU.sparse.name"


class EntryKind(IntEnum):
    """What an entry makes. The values are stored."""

    FILE = 0
    HARD_LINK = 1
    SYMBOLIC_LINK = 2
    CHARACTER_DEVICE = 3
    BLOCK_DEVICE = 4
    FOLDER = 5
    FIFO = 6


class Entry(msgspec.Struct, array_like=True, gc=False):
    """One entry. Paths have one normal form: no slash at either end, no `.`; the root is empty.

    Places are offsets in the unpacked archive: `start` of the first block that belongs to the entry (extended headers), `head` of its own
    header, `data` of its content, `end` behind its padding.
    """

    path: bytes
    kind: EntryKind
    mode: int
    user: int
    group: int
    modified: int  # Unix seconds
    size: int  # of the file as it is read, holes included
    start: int
    head: int
    data: int
    end: int
    link: bytes = b""  # of a hard link: a path in normal form; of a symbolic link: as it is
    device: tuple[int, int] | None = None
    records: dict[bytes, bytes] | None = None  # PAX records that apply, global ones included
    is_sparse: bool = False
    needs_head: bool = False  # global records apply to it, so its own blocks do not say everything
    digest: bytes = b""  # sha256 of the stored content of a file


def normalize_path(raw: bytes, limits: LayerLimits) -> bytes:
    """The one normal form of `./a`, `/a` and `a/`. Raises LayerInvalid for what leaves the root or is beyond a limit."""
    if len(raw) > limits.maximum_path_bytes:
        raise LayerInvalid(f"a path is longer than {limits.maximum_path_bytes} bytes")
    if raw.isascii() and raw[:1] not in (b"/", b".") and b"//" not in raw and b"/." not in raw and raw.count(b"/") < limits.maximum_depth:
        path = raw[:-1] if raw[-1:] == b"/" else raw
        if b"\0" not in path:
            return path
    parts = [part for part in raw.split(b"/") if part not in (b"", b".")]
    if b".." in parts:
        raise LayerInvalid(f"the path {raw[:200]!r} leaves the root")
    if b"\0" in raw:
        raise LayerInvalid("a path holds a NUL byte")
    if len(parts) > limits.maximum_depth:
        raise LayerInvalid(f"a path is deeper than {limits.maximum_depth} folders")
    return b"/".join(parts)


def parent_of(path: bytes) -> bytes:
    """The folder that holds the path; the root's is the root."""
    return path.rpartition(b"/")[0]


def name_of(path: bytes) -> bytes:
    """The last part of the path."""
    return path.rpartition(b"/")[2]
