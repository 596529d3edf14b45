"""A bounded memory of immutable bytes. Content of a digest never changes, so nothing in it can be stale."""

from collections import OrderedDict
from threading import Lock


class ByteCache:
    """Least recently used bytes by key, limited by their sum. Safe to use from several threads."""

    def __init__(self, maximum_bytes: int, *, largest_entry_bytes: int) -> None:
        self._maximum_bytes = maximum_bytes
        self.largest_entry_bytes = largest_entry_bytes
        self._entries: OrderedDict[str, bytes] = OrderedDict()
        self._size_bytes = 0
        self._lock = Lock()

    def get(self, key: str) -> bytes | None:
        """The bytes, or None."""
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
            return found

    def put(self, key: str, content: bytes) -> None:
        """Remember the bytes, unless they are larger than one entry may be."""
        if len(content) > self.largest_entry_bytes:
            return
        with self._lock:
            if key in self._entries:
                return
            self._entries[key] = content
            self._size_bytes += len(content)
            while self._size_bytes > self._maximum_bytes:
                _, oldest = self._entries.popitem(last=False)
                self._size_bytes -= len(oldest)
