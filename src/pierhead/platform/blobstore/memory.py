"""Blobs in the memory of one process, for tests and for trying things out."""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence

from pierhead.platform.blobstore.base import BlobReader, StoredKey, UploadWriter, require_key, require_name
from pierhead.platform.blobstore.errors import BlobMissing, UploadBusy, UploadLost


class MemoryBlobStore:
    """Dictionaries of bytes behind one lock; everything is gone when the process ends."""

    minimum_part_bytes = 0

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._uploads: dict[str, bytearray] = {}
        self._blobs: dict[str, bytes] = {}
        self._made: dict[str, float] = {}
        self._written: set[str] = set()

    def begin_upload(self, name: str) -> str:
        return require_name(name)

    def open_writer(self, state: str, offset: int) -> UploadWriter:
        require_name(state)
        with self._lock:
            upload = self._uploads.setdefault(state, bytearray()) if offset == 0 else self._uploads.get(state)
            if upload is None or len(upload) < offset:
                raise UploadLost(state)
            if state in self._written:
                raise UploadBusy(state)
            self._written.add(state)
        return _MemoryUploadWriter(state, upload, offset, self._lock, self._written)

    def read_upload(self, state: str, offset: int, length: int) -> bytes:
        with self._lock:
            upload = self._uploads.get(require_name(state))
            if upload is None:
                raise UploadLost(state)
            return bytes(memoryview(upload)[offset : offset + length])

    def commit_upload(self, state: str, size_bytes: int, key: str) -> str:
        require_name(state)
        require_key(key)
        with self._lock:
            if state in self._written:
                raise UploadBusy(state)
            upload = self._uploads.get(state, b"")
            if len(upload) != size_bytes:
                raise UploadLost(state)
            self._uploads.pop(state, None)
            self._keep(key, upload)
        return key

    def abort_upload(self, state: str) -> None:
        with self._lock:
            self._uploads.pop(require_name(state), None)

    def remove_leftovers(self, *, older_than_seconds: float) -> int:
        return 0

    def put(self, key: str, content: bytes) -> str:
        require_key(key)
        with self._lock:
            self._keep(key, content)
        return key

    def _keep(self, key: str, content: bytes | bytearray) -> None:
        self._blobs[key] = bytes(content)
        self._made[key] = time.monotonic()

    def open(self, key: str) -> BlobReader:
        with self._lock:
            content = self._blobs.get(require_key(key))
        if content is None:
            raise BlobMissing(key)
        return _MemoryBlobReader(content)

    def size(self, key: str) -> int | None:
        with self._lock:
            content = self._blobs.get(require_key(key))
        return None if content is None else len(content)

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            with self._lock:
                self._blobs.pop(require_key(key), None)
                self._made.pop(key, None)

    def list_keys(self, prefix: str, *, older_than_seconds: float) -> Iterator[StoredKey]:
        before = time.monotonic() - older_than_seconds
        with self._lock:
            found = [
                StoredKey(key, len(content))
                for key, content in self._blobs.items()
                if key.startswith(f"{require_key(prefix)}/") and self._made[key] <= before
            ]
        yield from found

    def presign(self, key: str, *, seconds: int, content_type: str) -> str | None:
        return None

    def close(self) -> None:
        """Nothing is held."""

    def check(self) -> None:
        """Memory needs no probe."""


class _MemoryUploadWriter:
    """Appends to an upload's bytes."""

    def __init__(self, state: str, upload: bytearray, offset: int, lock: threading.Lock, written: set[str]) -> None:
        self._state = state
        self._upload = upload
        self._offset: int | None = offset
        self._lock = lock
        self._written = written
        self.found_bytes = len(upload)

    def write(self, pieces: Sequence[bytes | memoryview]) -> None:
        with self._lock:
            if self._offset is not None:
                del self._upload[self._offset :]
                self._offset = None
            for piece in pieces:
                self._upload += piece

    def flush(self) -> str:
        return self._state

    def close(self) -> None:
        with self._lock:
            self._written.discard(self._state)


class _MemoryBlobReader:
    """Holds the bytes themselves, so deleting the blob does not matter to it."""

    file: int | None = None

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size_bytes = len(content)

    def read(self, offset: int, length: int) -> bytes:
        return self._content[offset : offset + length]

    def close(self) -> None:
        """Nothing is held."""
