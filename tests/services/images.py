"""Images without a network: an OCI layout folder, written by Python alone and the same byte for byte in every run."""

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.services.tools import require_tool

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"

_CREATED = "2026-01-01T00:00:00Z"
_PATH = "PATH=/bin:/sbin:/usr/bin"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a manifest or an index says about a piece of content."""

    media_type: str
    digest: str
    size: int
    extra: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size, **self.extra}


class ImageLayout:
    """An OCI layout folder that skopeo, crane, podman, buildah and oras read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tags: dict[str, Descriptor] = {}
        (folder / "blobs" / "sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        self._write_index()

    def add_blob(self, content: bytes, media_type: str) -> Descriptor:
        """Store content under its digest."""
        name = hashlib.sha256(content).hexdigest()
        (self.folder / "blobs" / "sha256" / name).write_bytes(content)
        return Descriptor(media_type, f"sha256:{name}", len(content))

    def add_image(
        self,
        *layers: bytes,
        tag: str | None = None,
        platform: str = "linux/amd64",
        command: Sequence[str] = ("/bin/sh",),
        labels: Mapping[str, str] | None = None,
        compressed: bool = True,
    ) -> Descriptor:
        """An image of tar archives, the lowest first."""
        described = [self._add_layer(layer, compressed=compressed) for layer in layers]
        system, architecture = platform.split("/")
        config = {
            "created": _CREATED,
            "architecture": architecture,
            "os": system,
            "config": {"Env": [_PATH], "Cmd": list(command), "Labels": dict(labels or {})},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers]},
            "history": [{"created": _CREATED, "created_by": f"layer {number}"} for number, _ in enumerate(layers)],
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": self.add_blob(_encode(config), OCI_CONFIG).as_json(),
            "layers": [layer.as_json() for layer in described],
        }
        stored = self.add_blob(_encode(manifest), OCI_MANIFEST)
        image = Descriptor(stored.media_type, stored.digest, stored.size, {"platform": {"architecture": architecture, "os": system}})
        return self.tag(tag, image) if tag else image

    def add_index(self, *images: Descriptor, tag: str | None = None, annotations: Mapping[str, str] | None = None) -> Descriptor:
        """An index over images, each under its platform."""
        index: dict[str, Any] = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [image.as_json() for image in images]}
        if annotations:
            index["annotations"] = dict(annotations)
        stored = self.add_blob(_encode(index), OCI_INDEX)
        return self.tag(tag, stored) if tag else stored

    def tag(self, name: str, target: Descriptor) -> Descriptor:
        """Let `oci:<folder>:<name>` be this image or index."""
        self._tags[name] = target
        self._write_index()
        return target

    def reference(self, tag: str) -> str:
        """How skopeo, podman and buildah name it."""
        return f"oci:{self.folder}:{tag}"

    def read(self, digest: str) -> bytes:
        """The stored content."""
        algorithm, _, name = digest.partition(":")
        return (self.folder / "blobs" / algorithm / name).read_bytes()

    def _add_layer(self, archive: bytes, *, compressed: bool) -> Descriptor:
        if compressed:
            return self.add_blob(gzip.compress(archive, mtime=0), f"{OCI_LAYER}+gzip")
        return self.add_blob(archive, OCI_LAYER)

    def _write_index(self) -> None:
        entries = []
        for name, target in self._tags.items():
            entries.append({**target.as_json(), "annotations": {"org.opencontainers.image.ref.name": name}})
        (self.folder / "index.json").write_bytes(_encode({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}))


def pack_files(files: Mapping[str, bytes], *, links: Mapping[str, str] | None = None, executable: Sequence[str] = ()) -> bytes:
    """A tar archive of files and symbolic links by their paths, with their folders, owned by root and of one date."""
    folders = sorted({str(parent) for name in [*files, *(links or {})] for parent in Path(name).parents if str(parent) != "."})
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in folders:
            archive.addfile(_entry(name, kind=tarfile.DIRTYPE, mode=0o755))
        for name, content in sorted(files.items()):
            entry = _entry(name, mode=0o755 if name in executable else 0o644)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for name, target in sorted((links or {}).items()):
            entry = _entry(name, kind=tarfile.SYMTYPE, mode=0o777)
            entry.linkname = target
            archive.addfile(entry)
    return buffer.getvalue()


def pack_busybox() -> bytes:
    """A tar archive of a file system that runs: busybox under each of its names."""
    program = require_tool("busybox", package="Debian: busybox-static")
    listed = subprocess.run([str(program), "--list"], capture_output=True, text=True, timeout=30, check=True).stdout.split()
    files = {
        "bin/busybox": program.read_bytes(),
        "etc/passwd": b"root:x:0:0:root:/:/bin/sh\n",
        "etc/group": b"root:x:0:\n",
        "tmp/.keep": b"",
    }
    # A link named busybox would point at itself.
    links = {f"bin/{name}": "busybox" for name in listed if name != "busybox"}
    return pack_files(files, links=links, executable=["bin/busybox"])


def _entry(name: str, *, kind: bytes = tarfile.REGTYPE, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type = kind
    entry.mode = mode
    entry.uname = entry.gname = "root"
    return entry


def _encode(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
