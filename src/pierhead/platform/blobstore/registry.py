"""The storage back ends by name. A new one is a file beside this and a line here."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.blobstore.local import LocalBlobStore
from pierhead.platform.blobstore.memory import MemoryBlobStore
from pierhead.platform.errors import ConfigurationError


class StorageSettings(Protocol):
    """The section `storage` of the settings."""

    @property
    def backend(self) -> str: ...
    @property
    def direct_from_bytes(self) -> int: ...


class BlobStoreSettings(Protocol):
    """What a back end is built from; the settings tree fits."""

    @property
    def data_dir(self) -> Path: ...

    @property
    def storage(self) -> StorageSettings: ...


BACKENDS: Final[Mapping[str, Callable[[BlobStoreSettings], BlobStore]]] = {
    "local": lambda settings: LocalBlobStore(settings.data_dir / "storage", direct_from=settings.storage.direct_from_bytes or None),
    "memory": lambda settings: MemoryBlobStore(),  # noqa: ARG005  # every back end is built the same way
}


def open_blob_store(settings: BlobStoreSettings) -> BlobStore:
    """The blob store that the settings ask for. Raises ConfigurationError for an unknown name and for an unusable folder."""
    name = settings.storage.backend
    if name not in BACKENDS:
        raise ConfigurationError(f"storage.backend: {name!r} is unknown; known are {', '.join(BACKENDS)}.")
    return BACKENDS[name](settings)
