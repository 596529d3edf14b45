"""What is pushed: a big blob ready for sendfile, and manifests."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
ACCEPT = f"{OCI_MANIFEST}, {OCI_INDEX}, {DOCKER_MANIFEST}, {DOCKER_LIST}"
CHUNK = 32 * 1024
TAIL = 4096
LAYERS = 8


def digest_of(data: bytes) -> str:
    """The sha256 digest, as registries write it."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


class BigBlob:
    """A blob as two files: its bytes, and the same bytes framed in HTTP chunks of 32 KiB as Docker's client sends them.

    Only the last 4 KiB change from push to push, so that each push is new to the registry and cheap for the generator.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self.size = size
        self.plain = folder / "blob.bin"
        self.chunked = folder / "blob.chunked"
        self._prefix = hashlib.sha256()
        self._tail_at = 0
        self._written = False

    def renew(self) -> str:
        """Change the blob (writing both files at the first call) and return its new digest."""
        if not self._written:
            self._write()
        tail = os.urandom(TAIL)
        _overwrite(self.plain, self.size - TAIL, tail)
        _overwrite(self.chunked, self._tail_at, tail)
        whole = self._prefix.copy()
        whole.update(tail)
        return "sha256:" + whole.hexdigest()

    def _write(self) -> None:
        remaining = self.size - TAIL
        with self.plain.open("wb") as plain, self.chunked.open("wb") as chunked:
            while remaining:
                piece = os.urandom(min(CHUNK, remaining))
                self._prefix.update(piece)
                plain.write(piece)
                chunked.write(_frame(piece))
                remaining -= len(piece)
            plain.write(bytes(TAIL))
            self._tail_at = chunked.tell() + len(_frame(bytes(TAIL))) - TAIL - 2
            chunked.write(_frame(bytes(TAIL)) + b"0\r\n\r\n")
        self._written = True


def _frame(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def _overwrite(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


@dataclass(frozen=True, slots=True)
class Image:
    """A config and a layer of 4 KiB, of which any number of different manifests can be made."""

    config: bytes
    layer: bytes

    @classmethod
    def make(cls) -> "Image":
        config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}, "bench": os.urandom(8).hex()}
        return cls(json.dumps(config).encode(), os.urandom(4096))

    def manifest(self, note: str, subject: dict[str, Any] | None = None) -> bytes:
        """A manifest of eight layers that differs by its note."""
        layer = {"mediaType": OCI_LAYER, "digest": digest_of(self.layer), "size": len(self.layer)}
        body: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": {"mediaType": OCI_CONFIG, "digest": digest_of(self.config), "size": len(self.config)},
            "layers": [layer] * LAYERS,
            "annotations": {"note": note},
        }
        if subject:
            body["subject"] = subject
        return json.dumps(body).encode()


def descriptor_of(manifest: bytes) -> dict[str, Any]:
    """How another manifest points at this one."""
    return {"mediaType": OCI_MANIFEST, "digest": digest_of(manifest), "size": len(manifest)}
