"""What a manifest says: the fields that the registry acts on, read from bytes that it keeps as they are (registry-protocol 6.1)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from pierhead.platform.errors import Invalid
from pierhead.registry.model.names import Digest, DigestInvalid, parse_digest

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
_SCHEMA_1 = ("application/vnd.docker.distribution.manifest.v1+json", "application/vnd.docker.distribution.manifest.v1+prettyjws")
_INDEXES = frozenset((DOCKER_LIST, OCI_INDEX))
_IMAGES = frozenset((DOCKER_MANIFEST, OCI_MANIFEST))
# Types that say "look into the body".
_UNTYPED = frozenset(("", "application/json", "text/plain"))
_MEDIA_TYPE = re.compile(r"[\w]+/[-.\w]+(?:\+[-.\w]+)?", re.ASCII)
_MEDIA_TYPE_LENGTH = 255
# Layers that a client may keep to itself, so the registry need not hold them.
_NOT_DISTRIBUTED = re.compile(
    r"application/vnd\.(?:docker\.image\.rootfs\.foreign\.diff\.|oci\.image\.layer\.nondistributable\.)", re.ASCII
)
_MAXIMUM_REFERENCES = 10_000
_MAXIMUM_SIZE = 2**63  # bytes; what a column of the database holds


class ManifestInvalid(Invalid):
    """The manifest breaks a rule; the detail names the rule and the field."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The manifest is invalid: {reason}", detail={"message": reason})


class ManifestUnsupported(Invalid):
    """The registry does not take manifests of this type."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, detail={"message": reason})


class Descriptor(msgspec.Struct, rename="camel", frozen=True):
    """A reference from a manifest to other content; sizes are in bytes."""

    media_type: str = ""
    digest: str = ""
    size: int = 0
    artifact_type: str | None = None
    platform: dict[str, object] | None = None


class _Document(msgspec.Struct, rename="camel"):
    schema_version: int | None = None
    media_type: str | None = None
    artifact_type: str | None = None
    config: Descriptor | None = None
    layers: list[Descriptor] | None = None
    manifests: list[Descriptor] | None = None
    blobs: list[Descriptor] | None = None
    subject: Descriptor | None = None
    annotations: dict[str, str] | None = None


class ManifestKind(StrEnum):
    """What a manifest stands for."""

    IMAGE = "image"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A parsed manifest. `blobs` and `children` hold each digest once; `size_bytes` is the sum of config and layers."""

    media_type: str
    kind: ManifestKind
    artifact_type: str | None
    blobs: tuple[str, ...]
    children: tuple[Descriptor, ...]
    subject: str | None
    size_bytes: int | None
    annotations: dict[str, str] = field(default_factory=dict)
    config_digest: str | None = None
    config_type: str | None = None


_decode = msgspec.json.Decoder(_Document).decode


def parse_manifest(content_type: str, content: bytes) -> Manifest:
    """Read a manifest of a given `Content-Type`. Raises ManifestInvalid and ManifestUnsupported.

    The header decides the type; a differing `mediaType` in the body is an error. A missing or generic header takes the body's word.
    """
    declared = content_type.partition(";")[0].strip().lower()
    if declared in _SCHEMA_1:
        raise ManifestUnsupported("Docker schema 1 manifests are not accepted. Push with Docker 1.10 or newer, or any OCI client.")
    if declared not in _UNTYPED and declared not in _IMAGES and declared not in _INDEXES:
        raise ManifestUnsupported(f"Manifests of type '{declared[:100]}' are not accepted. Push an OCI or Docker schema 2 manifest.")
    document = _read_document(content)
    media_type = _decide_type(declared, document)
    if document.schema_version != 2:
        raise ManifestInvalid("schemaVersion must be 2")
    if media_type in _INDEXES:
        return _index(media_type, document)
    return _image(media_type, document)


def _read_document(content: bytes) -> _Document:
    try:
        return _decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ManifestInvalid(f"failed to parse manifest: {error}") from None


def _decide_type(declared: str, document: _Document) -> str:
    written = document.media_type
    if declared in _UNTYPED:
        if written in _IMAGES or written in _INDEXES:
            return written
        if document.schema_version == 1:
            raise ManifestUnsupported("Docker schema 1 manifests are not accepted. Push with Docker 1.10 or newer, or any OCI client.")
        raise ManifestUnsupported("The request names no manifest type: set Content-Type or mediaType.")
    if written is not None and written != declared:
        raise ManifestInvalid(f"mediaType is '{written[:100]}' but the request's Content-Type is '{declared}'")
    return declared


def _index(media_type: str, document: _Document) -> Manifest:
    if document.manifests is None:
        raise ManifestInvalid("an index needs the field manifests")
    if document.layers is not None or document.config is not None:
        raise ManifestInvalid("an index has no config and no layers")
    children = {child.digest: child for child in _checked(document.manifests, "manifests")}
    return Manifest(
        media_type=media_type,
        kind=ManifestKind.INDEX,
        artifact_type=_artifact_type(document, None),
        blobs=(),
        children=tuple(children.values()),
        subject=_subject(document),
        size_bytes=None,
        annotations=document.annotations or {},
    )


def _image(media_type: str, document: _Document) -> Manifest:
    if document.config is None:
        raise ManifestInvalid("an image manifest needs the field config")
    if document.layers is None:
        raise ManifestInvalid("an image manifest needs the field layers")
    if document.manifests is not None:
        raise ManifestInvalid("an image manifest has no field manifests")
    config = next(_checked([document.config], "config"))
    layers = list(_checked(document.layers, "layers"))
    size = config.size + sum(layer.size for layer in layers)
    if size >= _MAXIMUM_SIZE:
        raise ManifestInvalid("the sizes of config and layers add up to more than can be")
    required = [config.digest, *(layer.digest for layer in layers if not _NOT_DISTRIBUTED.match(layer.media_type))]
    return Manifest(
        media_type=media_type,
        kind=ManifestKind.IMAGE,
        artifact_type=_artifact_type(document, config.media_type),
        blobs=tuple(dict.fromkeys(required)),
        children=(),
        subject=_subject(document),
        size_bytes=size,
        annotations=document.annotations or {},
        config_digest=config.digest,
        config_type=config.media_type,
    )


def _checked(descriptors: list[Descriptor], where: str) -> Iterator[Descriptor]:
    if len(descriptors) > _MAXIMUM_REFERENCES:
        raise ManifestInvalid(f"{where} has {len(descriptors)} entries, more than {_MAXIMUM_REFERENCES}")
    for number, descriptor in enumerate(descriptors):
        place = where if where == "config" else f"{where}[{number}]"
        _check_media_type(descriptor.media_type, f"{place}.mediaType")
        if not 0 <= descriptor.size < _MAXIMUM_SIZE:
            raise ManifestInvalid(f"{place}.size is no size")
        yield msgspec.structs.replace(descriptor, digest=str(_check_digest(descriptor.digest, f"{place}.digest")))


def _check_media_type(text: str, place: str) -> None:
    if len(text) > _MEDIA_TYPE_LENGTH or not _MEDIA_TYPE.fullmatch(text):
        raise ManifestInvalid(f"{place} '{text[:100]}' is no media type")


def _check_digest(text: str, place: str) -> Digest:
    try:
        return parse_digest(text)
    except DigestInvalid as error:
        raise ManifestInvalid(f"{place}: {error.message}") from None


def _subject(document: _Document) -> str | None:
    if document.subject is None:
        return None
    return next(_checked([document.subject], "subject")).digest


def _artifact_type(document: _Document, config_media_type: str | None) -> str | None:
    if document.artifact_type:
        _check_media_type(document.artifact_type, "artifactType")
        return document.artifact_type
    return config_media_type
