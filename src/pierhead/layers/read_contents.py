"""Read stored tables of contents, and lay those of an image over each other."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock

from pierhead.layers.model.contents import ContentsState, StoredContents, Table, read_contents
from pierhead.layers.model.entries import Entry
from pierhead.layers.model.errors import LayerInvalid
from pierhead.layers.model.limits import MIB, LayerLimits
from pierhead.platform.blobstore.base import BlobStore


class ContentsReader:
    """Reads tables, and remembers the last ones: many images stand on the same layers. Safe to use from several threads; blocks."""

    def __init__(self, blobs: BlobStore, limits: LayerLimits, *, remembered_bytes: int = 16 * MIB) -> None:
        self._blobs = blobs
        self._limits = limits
        self._remembered_bytes = remembered_bytes
        self._known: OrderedDict[str, Table] = OrderedDict()
        self._known_bytes = 0
        self._lock = Lock()

    def read(self, layers: Iterable[StoredContents]) -> list[Sequence[Entry]]:
        """The entries of each layer of an image, in the order of its archive.

        Raises LayerInvalid with the reason when a layer could not be read, or all of them have too many entries for the memory.
        """
        left = self._limits.maximum_contents_bytes
        found: list[Sequence[Entry]] = []
        for stored in layers:
            table = self._read(stored, left)
            left -= table.size_bytes
            found.append(table.entries)
        return found

    def _read(self, stored: StoredContents, maximum_bytes: int) -> Table:
        if stored.state is ContentsState.FAILED or stored.storage_key is None:
            raise LayerInvalid(stored.reason or "it could not be read")
        with self._lock:
            known = self._known.get(stored.storage_key)
            if known is not None and known.size_bytes <= maximum_bytes:
                self._known.move_to_end(stored.storage_key)
                return known
        reader = self._blobs.open(stored.storage_key)
        try:
            table = read_contents(reader.read(0, reader.size_bytes), maximum_bytes=maximum_bytes)
        finally:
            reader.close()
        self._remember(stored.storage_key, table)
        return table

    def _remember(self, key: str, table: Table) -> None:
        if table.size_bytes > self._remembered_bytes:
            return
        with self._lock:
            if key not in self._known:
                self._known[key] = table
                self._known_bytes += table.size_bytes
            while self._known_bytes > self._remembered_bytes:
                _, oldest = self._known.popitem(last=False)
                self._known_bytes -= oldest.size_bytes
