"""Blobs, images, indexes and artifacts for the registry's tests, each different from every other unless the test says so."""

import hashlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY_CONFIG = "application/vnd.oci.empty.v1+json"

_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Image:
    """A manifest and the blobs that it refers to."""

    content: bytes
    media_type: str
    blobs: tuple[bytes, ...]

    @property
    def digest(self) -> str:
        return digest_of(self.content)

    def descriptor(self, **more: Any) -> dict[str, Any]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.content), **more}


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def fresh(size: int = 40) -> bytes:
    """Bytes that no other test has."""
    start = b"content %d " % next(_numbers)
    return (start * (size // len(start) + 1))[: max(size, len(start))]


def encode(document: Any) -> bytes:
    return json.dumps(document).encode()


def descriptor(content: bytes, media_type: str, algorithm: str = "sha256", **more: Any) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest_of(content, algorithm), "size": len(content), **more}


def make_image(
    *,
    media_type: str = OCI_MANIFEST,
    algorithm: str = "sha256",
    layers: Sequence[bytes] | None = None,
    config: bytes | None = None,
    **fields: Any,
) -> Image:
    """An image of one layer, or an artifact when `fields` say so."""
    config = encode({"architecture": "amd64", "os": "linux", "n": next(_numbers)}) if config is None else config
    layers = [fresh()] if layers is None else layers
    document = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": descriptor(config, OCI_CONFIG, algorithm),
        "layers": [descriptor(layer, OCI_LAYER, algorithm) for layer in layers],
        **fields,
    }
    return Image(encode(document), media_type, (config, *layers))


def alter(image: Image, fields: dict[str, Any]) -> Image:
    """The image with some fields of its manifest replaced or added."""
    return Image(encode({**json.loads(image.content), **fields}), image.media_type, image.blobs)


def make_artifact(artifact_type: str | None = None, *, config_type: str = EMPTY_CONFIG, **fields: Any) -> Image:
    """An artifact with the empty config, as ORAS and cosign write them."""
    if artifact_type is not None:
        fields["artifactType"] = artifact_type
    config, layer = b"{}", fresh()
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(config, config_type),
        "layers": [descriptor(layer, "application/vnd.example.file")],
        **fields,
    }
    return Image(encode(document), OCI_MANIFEST, (config, layer))


def make_index(children: Sequence[dict[str, Any]], *, media_type: str = OCI_INDEX, **fields: Any) -> Image:
    """An index of descriptors, which holds no blobs."""
    document = {"schemaVersion": 2, "mediaType": media_type, "manifests": list(children), **fields}
    return Image(encode({**document, "annotations": {"n": str(next(_numbers)), **fields.get("annotations", {})}}), media_type, ())
