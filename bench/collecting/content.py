"""Artifacts whose every byte follows from a seed, so that they need not be kept for the comparison."""

import hashlib
import json
import random
from dataclasses import dataclass
from functools import cached_property

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
NOISE = random.Random(0).randbytes(1 << 20)


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass(frozen=True)
class Layer:
    """A blob: the seed, and noise behind it."""

    seed: str
    size: int

    @property
    def content(self) -> bytes:
        head = f"{self.seed} {self.size}\n".encode()
        return (head + NOISE * (self.size // len(NOISE) + 1))[: self.size] if self.size > len(head) else head

    @cached_property
    def digest(self) -> str:
        return digest_of(self.content)

    def describe(self, media_type: str) -> dict[str, object]:
        return {"mediaType": media_type, "digest": self.digest, "size": len(self.content) if self.size < 200 else self.size}


@dataclass(frozen=True)
class Manifest:
    """A manifest and the blobs that it refers to."""

    content: bytes
    media_type: str
    blobs: tuple[Layer, ...] = ()

    @cached_property
    def digest(self) -> str:
        return digest_of(self.content)

    def describe(self) -> dict[str, object]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.content)}


@dataclass(frozen=True)
class Artifact:
    """What stands under a tag: its manifest, the children of a list in front of it, and referrers behind it."""

    root: Manifest
    children: tuple[Manifest, ...] = ()
    referrers: tuple[Manifest, ...] = ()

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """In the order in which they are pushed."""
        return (*self.children, self.root, *self.referrers)

    @property
    def blobs(self) -> dict[str, Layer]:
        """By digest."""
        return {blob.digest: blob for manifest in self.manifests for blob in manifest.blobs}


def make_image(name: str, layers: tuple[Layer, ...], subject: Manifest | None = None) -> Manifest:
    """An image, or what refers to a subject."""
    config = Layer(f"config of {name}", 300)
    document: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config.describe(OCI_CONFIG),
        "layers": [layer.describe(OCI_LAYER) for layer in layers],
    }
    if subject is not None:
        document |= {"artifactType": "application/vnd.example.signature", "subject": subject.describe()}
    return Manifest(json.dumps(document).encode(), OCI_MANIFEST, (config, *layers))


def make_index(children: tuple[Manifest, ...]) -> Manifest:
    """A list of images."""
    document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [child.describe() for child in children]}
    return Manifest(json.dumps(document).encode(), OCI_INDEX)


class Workshop:
    """Makes artifacts of one actor; some layers are common to all actors."""

    def __init__(self, name: str, chance: random.Random, sizes: tuple[int, ...], common: int = 40) -> None:
        self._name = name
        self._chance = chance
        self._sizes = sizes
        self._common = common
        self._made = 0

    def make(self) -> Artifact:
        """An image, a list of two, or an image with a referrer."""
        self._made += 1
        name = f"{self._name}-{self._made}"
        kind = self._chance.random()
        if kind < 0.15:
            children = (self._image(f"{name}a"), self._image(f"{name}b"))
            return Artifact(make_index(children), children)
        root = self._image(name)
        if kind < 0.3:
            return Artifact(root, (), (make_image(f"{name} signature", (Layer(f"signature of {name}", 200),), root),))
        return Artifact(root)

    def _image(self, name: str) -> Manifest:
        layers = []
        for number in range(self._chance.randint(1, 3)):
            size = self._chance.choice(self._sizes)
            is_common = self._chance.random() < 0.3
            layers.append(Layer(f"common {self._chance.randrange(self._common)}" if is_common else f"{name} {number}", size))
        return make_image(name, tuple(dict.fromkeys(layers)))
