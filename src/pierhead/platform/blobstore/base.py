"""What a blob store does. Everything here blocks: callers run it in threads.

An upload is a growing object with an opaque textual `state`, kept by the caller (in a database row) after every step, so that any
process that reaches the same store can go on with it. The store never learns digests; the caller hashes.

Keys are words joined by `/`, upload names one word, of letters, digits and `._-`; anything else is a ValueError, since both come from our own code.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

_KEY = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_DOTS = re.compile(r"(?:^|/)\.\.?(?:/|$)")


class StoredKey(NamedTuple):
    """A finished blob as a list of the store shows it."""

    key: str
    size_bytes: int


class UploadWriter(Protocol):
    """One stretch of writing to an upload: from `open_writer` to `close`. Nobody else writes to the upload meanwhile."""

    found_bytes: int
    """What the store held when the writer was opened. More than the given offset means that a writer died before its progress was
    saved, or that one has saved it since the caller looked: the caller looks again before it writes."""

    def write(self, pieces: Sequence[bytes | memoryview]) -> None:
        """Append the pieces in order, without joining them; the first call cuts off what lies beyond the offset.

        The pieces may be used again by the caller afterwards, so a store that keeps them copies them.

        Raises StorageFull; what was flushed before stays good.
        """
        ...

    def flush(self) -> str:
        """Hand everything to the store and return the new state. Bytes are safe against a crash of the process, not of the machine."""
        ...

    def close(self) -> None:
        """Release files and buffers; what was not flushed is lost. Harmless when called twice."""
        ...


class BlobReader(Protocol):
    """An open blob. Its bytes stay readable while it is open, even when the blob is deleted meanwhile."""

    size_bytes: int
    file: int | None
    """A file descriptor from which the system can send the blob itself; None where there is no such thing."""

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`; fewer only at the end."""
        ...

    def close(self) -> None:
        """Release the file."""
        ...


class BlobStore(Protocol):
    """Bytes under keys such as `sha256/ab/abcdef...`. Implementations are safe to use from several threads."""

    minimum_part_bytes: int
    """Smallest part but the last that the store takes without buffering; 0 when it does not matter."""

    def begin_upload(self, name: str) -> str:
        """Start an upload under a unique name; the state of an empty upload. A store may do nothing until the first byte is written."""
        ...

    def open_writer(self, state: str, offset: int) -> UploadWriter:
        """Go on at `offset`, the number of bytes that the last saved state holds.

        Raises UploadLost when the store holds fewer bytes than that, UploadBusy while another writer is open, and StorageFull.
        """
        ...

    def read_upload(self, state: str, offset: int, length: int) -> bytes:
        """Up to `length` flushed bytes of an unfinished upload, for hashing them anew; an empty answer means that it ends there.

        Raises UploadLost when nothing was ever written or it is gone.
        """
        ...

    def commit_upload(self, state: str, size_bytes: int, key: str) -> str:
        """Make the upload a blob, durable when this returns; the key under which it now lies.

        That is `key` where the store can rename; a store that cannot keeps its own key. A blob that is already there under `key`
        is replaced by the same content. Raises UploadBusy while a writer is open, and UploadLost when the upload does not hold exactly `size_bytes`, and StorageFull;
        then nothing is visible under `key` and the upload is as it was.
        """
        ...

    def abort_upload(self, state: str) -> None:
        """Forget the upload and its bytes; harmless when it is gone."""
        ...

    def remove_leftovers(self, *, older_than_seconds: float) -> int:
        """Forget what writers that died left behind and no record knows of any more; how many things that were.

        Everything unfinished that has not been written to for that long goes, so it must be longer than uploads are kept.
        """
        ...

    def put(self, key: str, content: bytes) -> str:
        """Store a small blob whole, durable when this returns; the key under which it lies.

        Whoever opens `key` meanwhile sees the old content or the new, never a part. Raises StorageFull; then nothing is left behind.
        """
        ...

    def open(self, key: str) -> BlobReader:
        """Open a blob for reading. Raises BlobMissing."""
        ...

    def size(self, key: str) -> int | None:
        """Size in bytes of the blob, None when there is none."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Delete blobs; those that are gone already are passed over."""
        ...

    def list_keys(self, prefix: str, *, older_than_seconds: float) -> Iterator[StoredKey]:
        """Finished blobs whose key begins with the words of `prefix`, and that were made at least so long ago, in no order.

        The list is read while it is asked for; blobs that come or go meanwhile may be in it or not.
        """
        ...

    def presign(self, key: str, *, seconds: int, content_type: str) -> str | None:
        """An address from which a client may fetch the blob itself for a while; None when the store has none."""
        ...

    def close(self) -> None:
        """Release files and connections; the store is not used any more."""
        ...

    def check(self) -> None:
        """Write, read and delete a small probe. Raises StorageFull or Unavailable with the reason."""
        ...


def require_key(key: str) -> str:
    """The key itself; ValueError when it could leave the store's folder."""
    if not _KEY.fullmatch(key) or _DOTS.search(key):
        raise ValueError(f"not a blob key: {key!r}")
    return key


def require_name(name: str) -> str:
    """The upload name itself; ValueError when it could leave the store's folder."""
    if not _NAME.fullmatch(name) or _DOTS.search(name):
        raise ValueError(f"not an upload name: {name!r}")
    return name
