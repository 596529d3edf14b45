"""Follow a squashed image that another process is making, through the storage and the database that both share (squash, section 5)."""

from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.blobstore.errors import UploadLost
from pierhead.platform.database import Database
from pierhead.squash import cache
from pierhead.squash.model.cache import CachedSquash


class MakerLost(Exception):
    """The process that made the image died or gave up."""


class ProductionElsewhere:
    """The bytes of an entry that is being written. Blocks; for threads."""

    def __init__(self, database: Database, blobs: BlobStore, entry: CachedSquash) -> None:
        self._database = database
        self._blobs = blobs
        self._entry = entry

    def read(self, position: int, length: int) -> bytes:
        """Some bytes from there; empty when they were not written yet. Raises MakerLost."""
        piece = self._read_unfinished(position, length)
        if piece:
            return piece
        entry = self._database.read_now(cache.look_again, self._entry)
        if entry is None:
            raise MakerLost
        if entry.storage_key is None:
            return b""
        reader = self._blobs.open(entry.storage_key)
        try:
            return reader.read(position, length)
        finally:
            reader.close()

    def _read_unfinished(self, position: int, length: int) -> bytes:
        try:
            return self._blobs.read_upload(self._entry.store_state or "", position, length)
        except UploadLost:
            # Not begun yet, or finished; or a store that shows nothing before the end.
            return b""
