"""What a Helm chart in an image repository says about itself: metadata, values and read-me (app-registry 7)."""

import gzip
import io
import tarfile
import zlib
from dataclasses import dataclass
from typing import Any

import msgspec

from pierhead.access.model.identity import Identity
from pierhead.access.model.roles import Role
from pierhead.platform.blobstore.base import BlobReader, BlobStore
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import Invalid, NotFound
from pierhead.registry import artifacts
from pierhead.registry.model.names import Digest, DigestInvalid, parse_digest
from pierhead.registry.model.stored import StoredBlob
from pierhead.registry.records import read_manifest
from pierhead.repositories.permissions import require_role

CHART_CONFIG = "application/vnd.cncf.helm.config.v1+json"
CHART_CONTENT = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_MIB = 1024 * 1024
_LARGEST_CONFIG = _MIB
_LARGEST_FILE = _MIB
_LARGEST_UNPACKED = 64 * _MIB
_MOST_ENTRIES = 10_000
_TEXTS = {"values.yaml": "values", "values.schema.json": "schema", "README.md": "readme"}


class NoChart(NotFound):
    """The manifest is no Helm chart."""

    def __init__(self, digest: str) -> None:
        super().__init__("This manifest is no Helm chart.", detail={"digest": digest})


class ChartUnreadable(Invalid):
    """The chart is damaged or too large to be looked into; the message says which."""


class _Descriptor(msgspec.Struct, rename="camel"):
    media_type: str = ""
    digest: str = ""


class _Manifest(msgspec.Struct):
    config: _Descriptor = msgspec.field(default_factory=_Descriptor)
    layers: list[_Descriptor] = []


@dataclass(frozen=True, slots=True)
class StoredChart:
    """Where the parts of a chart lie; `content` is None when the repository does not hold it."""

    config: StoredBlob
    content: StoredBlob | None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart's own words. `metadata` is its Chart.yaml as JSON; texts that it lacks or that are too long are None."""

    metadata: dict[str, Any]
    files: tuple[str, ...]
    values: str | None = None
    schema: str | None = None
    readme: str | None = None


def get_chart(work: UnitOfWork, identity: Identity, name: str, digest: Digest) -> StoredChart:
    """Where the chart's parts lie. Raises ManifestUnknown and NoChart."""
    repository = require_role(work, identity, name, Role.READ)
    found = read_manifest(work, repository, digest)
    try:
        manifest = msgspec.json.decode(found.content, type=_Manifest)
        if manifest.config.media_type != CHART_CONFIG:
            raise NoChart(str(digest))
        config = artifacts.find_blob(work, repository, parse_digest(manifest.config.digest))
        layer = next((layer for layer in manifest.layers if layer.media_type == CHART_CONTENT), None)
        content = None if layer is None else artifacts.find_blob(work, repository, parse_digest(layer.digest))
    except (msgspec.DecodeError, DigestInvalid):
        raise NoChart(str(digest)) from None
    if config is None:
        raise NoChart(str(digest))
    return StoredChart(config, content)


def read_chart(blobs: BlobStore, stored: StoredChart) -> Chart:
    """Read the chart; blocks. Raises ChartUnreadable."""
    metadata = _read_metadata(blobs, stored.config)
    if stored.content is None:
        return Chart(metadata, ())
    reader = blobs.open(stored.content.storage_key)
    try:
        return _read_archive(reader, metadata)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise ChartUnreadable(f"The chart's archive cannot be read: {error}") from None
    finally:
        reader.close()


def _read_metadata(blobs: BlobStore, config: StoredBlob) -> dict[str, Any]:
    if config.size_bytes > _LARGEST_CONFIG:
        raise ChartUnreadable(f"The chart's metadata are larger than {_LARGEST_CONFIG} bytes.")
    reader = blobs.open(config.storage_key)
    try:
        return msgspec.json.decode(reader.read(0, config.size_bytes), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ChartUnreadable(f"The chart's metadata cannot be read: {error}") from None
    finally:
        reader.close()


def _read_archive(reader: BlobReader, metadata: dict[str, Any]) -> Chart:
    files: list[str] = []
    texts: dict[str, str] = {}
    unpacked = _Limited(gzip.GzipFile(fileobj=_BlobFile(reader), mode="rb"))
    with tarfile.open(fileobj=unpacked, mode="r|") as archive:
        for entry in archive:
            if not entry.isfile():
                continue
            _, _, name = entry.name.partition("/")
            files.append(name)
            if len(files) > _MOST_ENTRIES:
                raise ChartUnreadable(f"The chart has more than {_MOST_ENTRIES} files.")
            kept = archive.extractfile(entry) if name in _TEXTS and entry.size <= _LARGEST_FILE else None
            if kept is not None:
                texts[_TEXTS[name]] = kept.read().decode(errors="replace")
    return Chart(metadata, tuple(sorted(files)), **texts)


class _BlobFile(io.RawIOBase):
    """A blob as a file that is read from its beginning."""

    def __init__(self, reader: BlobReader) -> None:
        self._reader = reader
        self._offset = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = self._reader.read(self._offset, len(buffer))
        buffer[: len(content)] = content
        self._offset += len(content)
        return len(content)


class _Limited(io.RawIOBase):
    """Unpacked bytes, of which a bomb has more than anybody wants."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._left = _LARGEST_UNPACKED

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        content: bytes = self._source.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise ChartUnreadable(f"The chart unpacks to more than {_LARGEST_UNPACKED} bytes.")
        return content
