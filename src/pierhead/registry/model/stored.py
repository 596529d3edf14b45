"""What the database keeps of blobs and uploads."""

from typing import NamedTuple


class StoredBlob(NamedTuple):
    """A blob as the database knows it; the last field belongs to the repository in which it was looked up."""

    id: int
    sha256: str
    size_bytes: int
    storage_key: str
    held_until_ms: int = 0


class StoredUpload(NamedTuple):
    """An unfinished upload; `received_bytes` are safe, hash states belong to that offset."""

    uuid: str
    repository_id: int
    started_by: str
    algorithm: str
    received_bytes: int
    store_state: str
    sha256_state: bytes | None
    sha512_state: bytes | None
