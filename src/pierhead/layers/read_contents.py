"""Read stored tables of contents, and lay those of an image over each other."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from pierhead.layers.model.contents import ContentsState, StoredContents, read_contents
from pierhead.layers.model.entries import Entry
from pierhead.layers.model.errors import LayerInvalid
from pierhead.platform.blobstore.base import BlobStore


class ContentsReader:
    """Reads tables, and remembers the last ones: many images stand on the same layers. Safe to use from several threads; blocks."""

    def __init__(self, blobs: BlobStore, *, maximum_entries: int = 100_000) -> None:
        self._blobs = blobs
        self._maximum_entries = maximum_entries
        self._known: OrderedDict[str, Sequence[Entry]] = OrderedDict()
        self._entries = 0
        self._lock = Lock()

    def read(self, stored: StoredContents) -> Sequence[Entry]:
        """The entries of a layer, in the order of its archive. Raises LayerInvalid with the reason when it could not be read."""
        if stored.state is ContentsState.FAILED or stored.storage_key is None:
            raise LayerInvalid(stored.reason or "it could not be read")
        with self._lock:
            known = self._known.get(stored.storage_key)
            if known is not None:
                self._known.move_to_end(stored.storage_key)
                return known
        reader = self._blobs.open(stored.storage_key)
        try:
            entries = read_contents(reader.read(0, reader.size_bytes))
        finally:
            reader.close()
        self._remember(stored.storage_key, entries)
        return entries

    def _remember(self, key: str, entries: Sequence[Entry]) -> None:
        if len(entries) > self._maximum_entries:
            return
        with self._lock:
            if key not in self._known:
                self._known[key] = entries
                self._entries += len(entries)
            while self._entries > self._maximum_entries:
                _, oldest = self._known.popitem(last=False)
                self._entries -= len(oldest)
