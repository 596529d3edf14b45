"""Find the image that a manifest or an index stands for, with the blobs of its layers (squash, section 6)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from pierhead.layers.model.errors import ImageHasNoFiles, PlatformUnknown
from pierhead.platform.database import UnitOfWork
from pierhead.registry import records
from pierhead.registry.model.manifests import DOCKER_LIST, OCI_INDEX, Descriptor
from pierhead.registry.model.names import parse_digest
from pierhead.registry.model.stored import StoredBlob
from pierhead.registry.records import ManifestRecord
from pierhead.repositories.model import Repository

_INDEXES = frozenset((DOCKER_LIST, OCI_INDEX))
_CONFIGS = frozenset(("application/vnd.docker.container.image.v1+json", "application/vnd.oci.image.config.v1+json"))
_LAYER = re.compile(
    r"application/vnd\.(?:docker\.image\.rootfs\.diff\.tar(?:\.gzip|\.zstd)?|oci\.image\.layer\.v1\.tar(?:\+gzip|\+zstd)?)", re.ASCII
)
_FOREIGN = re.compile(r"application/vnd\.(?:docker\.image\.rootfs\.foreign\.diff|oci\.image\.layer\.nondistributable)\..*", re.ASCII)
_DEEPEST_INDEX = 4
_MOST_MANIFESTS = 200  # that one look at an index reads
DEFAULT_PLATFORM = "linux/amd64"


@dataclass(frozen=True, slots=True)
class ImageLayer:
    """A layer of an image, as the manifest names it and as it is stored."""

    digest: str
    media_type: str
    blob: StoredBlob


@dataclass(frozen=True, slots=True)
class Image:
    """An image of one platform; layers are the lowest first. `manifest` is its own, also when it was found through an index."""

    repository: Repository
    manifest: ManifestRecord
    config: StoredBlob
    layers: tuple[ImageLayer, ...]


class _Manifest(msgspec.Struct):
    config: Descriptor = Descriptor()
    layers: list[Descriptor] = []
    manifests: list[Descriptor] = []


_decode = msgspec.json.Decoder(_Manifest).decode


def find_image(work: UnitOfWork, repository: Repository, manifest: ManifestRecord, platform: str | None = None) -> Image:
    """The image itself, or the one of an index for a platform `os/architecture[/variant]`, which is linux/amd64 unless given.

    Raises PlatformUnknown with those that there are, and ImageHasNoFiles for artifacts and layers that the registry cannot read.
    """
    if manifest.media_type not in _INDEXES:
        return describe_image(work, repository, manifest)
    wanted = platform or DEFAULT_PLATFORM
    known: list[str] = []
    for descriptor in _list_images(work, repository, manifest, _DEEPEST_INDEX):
        offered = _platform(descriptor)
        if offered is not None:
            known.append(offered)
            found = records.find_manifest(work, repository.id, parse_digest(descriptor.digest)) if _fits(offered, wanted) else None
            if found is not None:
                return describe_image(work, repository, found)
    raise PlatformUnknown(wanted, known)


def list_platforms(work: UnitOfWork, repository: Repository, manifest: ManifestRecord) -> list[str]:
    """The platforms of an index, as `find_image` takes them; empty for an image that stands alone."""
    if manifest.media_type not in _INDEXES:
        return []
    offered = (_platform(each) for each in _list_images(work, repository, manifest, _DEEPEST_INDEX))
    return list(dict.fromkeys(each for each in offered if each is not None))


def list_images(work: UnitOfWork, repository: Repository, manifest: ManifestRecord) -> Iterator[Image]:
    """The image itself, or every image of an index that the repository holds and that has a file system."""
    found: list[ManifestRecord] = [manifest]
    if manifest.media_type in _INDEXES:
        descriptors = _list_images(work, repository, manifest, _DEEPEST_INDEX)
        children = (records.find_manifest(work, repository.id, parse_digest(each.digest)) for each in descriptors)
        found = [child for child in children if child is not None]
    for each in found:
        try:
            yield describe_image(work, repository, each)
        except ImageHasNoFiles:
            continue


def describe_image(work: UnitOfWork, repository: Repository, manifest: ManifestRecord) -> Image:
    """The parts of an image. Raises ImageHasNoFiles."""
    document = _decode(manifest.content)
    if document.config.media_type not in _CONFIGS:
        raise ImageHasNoFiles(f"its config is of the type {document.config.media_type[:100] or 'none'}")
    for layer in document.layers:
        if _FOREIGN.fullmatch(layer.media_type):
            raise ImageHasNoFiles("a layer is not distributable, so the registry does not hold it")
        if not _LAYER.fullmatch(layer.media_type):
            raise ImageHasNoFiles(f"a layer is of the type {layer.media_type[:100]}")
    blobs = records.find_blobs(work, repository, [document.config.digest, *(layer.digest for layer in document.layers)])
    missing = [each.digest for each in (document.config, *document.layers) if each.digest not in blobs]
    if missing:
        raise ImageHasNoFiles(f"the registry does not hold {missing[0]}")
    layers = tuple(ImageLayer(layer.digest, layer.media_type, blobs[layer.digest]) for layer in document.layers)
    return Image(repository, manifest, blobs[document.config.digest], layers)


def _list_images(work: UnitOfWork, repository: Repository, index: ManifestRecord, depth: int) -> list[Descriptor]:
    """Descriptors of the images of an index; nested ones are followed."""
    found: list[Descriptor] = []
    for child in _decode(index.content).manifests[:_MOST_MANIFESTS]:
        if child.media_type not in _INDEXES:
            found.append(child)
        elif depth > 0 and len(found) < _MOST_MANIFESTS:
            nested = records.find_manifest(work, repository.id, parse_digest(child.digest))
            if nested is not None:
                found += _list_images(work, repository, nested, depth - 1)
    return found[:_MOST_MANIFESTS]


def _platform(descriptor: Descriptor) -> str | None:
    """`os/architecture[/variant]`; None for what is for no platform, such as attestations."""
    parts = [str((descriptor.platform or {}).get(key) or "") for key in ("os", "architecture", "variant")]
    if not all(parts[:2]) or parts[:2] == ["unknown", "unknown"]:
        return None
    return "/".join(filter(None, parts))


def _fits(offered: str, wanted: str) -> bool:
    """A wanted platform without a variant takes any."""
    return offered == wanted or offered.startswith(f"{wanted}/")
