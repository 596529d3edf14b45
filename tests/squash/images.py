"""Images of real layers, and what a squashed image holds."""

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.layers.archives import compress
from tests.registry.client import Answer, Client
from tests.registry.content import OCI_CONFIG, OCI_MANIFEST, Image, descriptor, encode

GZIP_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
ZSTD_LAYER = "application/vnd.oci.image.layer.v1.tar+zstd"
CREATED = "2026-01-02T03:04:05.123456789Z"
CREATED_SECONDS = 1767323045


def build(*archives: bytes, platform: str = "linux/amd64", types: Sequence[str] | None = None, **config: Any) -> Image:
    """An image of these tar archives, packed with gzip unless their types say zstd."""
    types = types or [GZIP_LAYER] * len(archives)
    layers = [compress(archive, "zstd" if kind == ZSTD_LAYER else "gzip") for archive, kind in zip(archives, types, strict=True)]
    system, _, architecture = platform.partition("/")
    document = {
        "created": CREATED,
        "os": system,
        "architecture": architecture,
        "config": {"Env": ["PATH=/bin"], "Cmd": ["run"], "User": "7", "Image": "old"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(archive).hexdigest()}" for archive in archives]},
        "history": [{"created_by": f"layer {number}"} for number in range(len(archives))],
        **config,
    }
    written = encode(document)
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(written, OCI_CONFIG),
        "layers": [descriptor(layer, kind) for layer, kind in zip(layers, types, strict=True)],
    }
    return Image(encode(manifest), OCI_MANIFEST, (written, *layers))


@dataclass(frozen=True, slots=True)
class Squashed:
    """A squashed image, taken apart."""

    id: str
    order: list[str]
    files: dict[str, bytes]
    entries: list[tarfile.TarInfo]
    layer: bytes
    config: dict[str, Any]
    manifest: dict[str, Any]


def fetch(client: Client, repository: str, tag: str = "v1", query: str = "", **headers: str) -> Answer:
    return client.call(
        "GET", f"/c1/squash/{repository}/{tag}{query}", headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


def take_apart(archive: bytes) -> Squashed:
    """Everything in it; an archive that is not whole is an error."""
    assert archive.endswith(bytes(1024))
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        entries = list(opened)
        files = {}
        for info in entries:
            read = opened.extractfile(info) if info.isfile() else None
            if read is not None:
                files[info.name] = read.read()
    (manifest,) = json.loads(files["manifest.json"])
    (layer,) = manifest["Layers"]
    return Squashed(
        layer.removesuffix("/layer.tar"),
        [info.name for info in entries],
        files,
        entries,
        files[layer],
        json.loads(files[manifest["Config"]]),
        manifest,
    )
