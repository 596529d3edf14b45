"""Labels of manifests: what an image's configuration says about it, and what people add (tags-and-gc 3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from pierhead.platform.errors import Invalid, NotFound
from pierhead.registry.model.durations import find_duration

CONFIG_TYPES = frozenset(("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"))
MAXIMUM_CONFIG_BYTES = 4 * 1024 * 1024
MAXIMUM_VALUE = 64 * 1024
MAXIMUM_LABELS = 1000
_MAXIMUM_KEY = 255
_MAXIMUM_PLATFORMS = 1024
_KEY = re.compile(r"[a-z0-9](?:(?:[a-z0-9]|[-.](?![.-]))*[a-z0-9])?", re.ASCII)
_RESERVED = (
    "com.docker.", "io.docker.", "org.dockerproject.", "org.opencontainers.", "io.cncf.", "io.kubernetes.", "io.k8s.", "io.quay",
    "com.coreos", "com.tectonic", "internal", "quay",
)  # fmt: skip
_EXPIRES = ("quay.expires-after", "pierhead.expires-after")
_IMMUTABLE = ("quay.immutable", "pierhead.immutable")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class LabelSource(StrEnum):
    """Where a label comes from; only those of the API can be removed."""

    MANIFEST = "manifest"
    API = "api"
    INTERNAL = "internal"


class LabelInvalid(Invalid):
    """The label breaks a rule."""


class LabelNotFound(NotFound):
    """The manifest has no such label, or not one that people may remove."""

    message = "Not Found"


@dataclass(frozen=True, slots=True)
class Label:
    """A label of one manifest."""

    uuid: str
    key: str
    value: str
    source: str
    media_type: str


@dataclass(frozen=True, slots=True)
class ActingLabels:
    """What the labels of an image do to its tags."""

    expires_after_seconds: int | None = None
    makes_immutable: bool = False


NOTHING = ActingLabels()


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the configuration of an image says; `platform` is os/architecture[/variant]."""

    platform: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    acting: ActingLabels = NOTHING


NO_FACTS = ImageFacts()


class _Inner(msgspec.Struct, rename={"labels": "Labels"}):
    labels: dict[str, str | None] | None = None


class _Config(msgspec.Struct):
    os: str = ""
    architecture: str = ""
    variant: str = ""
    config: _Inner | None = None


_decode = msgspec.json.Decoder(_Config, strict=False).decode


def read_image_config(content: bytes) -> ImageFacts:
    """What a configuration says. One that cannot be read says nothing: the image is kept all the same."""
    try:
        read = _decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NO_FACTS
    labels = {key: value or "" for key, value in ((read.config.labels if read.config else None) or {}).items()}
    kept = {key: value for key, value in labels.items() if _is_storable(key, value)}
    acting = ActingLabels(_find_expiry(kept), any(kept.get(key, "").strip().lower() == "true" for key in _IMMUTABLE))
    return ImageFacts(join_platform(read.os, read.architecture, read.variant), dict(list(kept.items())[:MAXIMUM_LABELS]), acting)


def join_platform(*parts: object) -> str | None:
    """os/architecture[/variant] without what is empty; PostgreSQL stores no NUL, and a comma separates platforms in a list."""
    text = "/".join(str(part) for part in parts if part)
    return _UNSTORABLE.sub("", text).replace(",", "")[:255] or None


def join_platforms(platforms: list[str]) -> str | None:
    """The platforms of an index in one text. Attestations beside the images have the platform unknown/unknown, which is none."""
    known = dict.fromkeys(platform for platform in platforms if not platform.startswith("unknown"))
    text = ",".join(known)
    return (text if len(text) <= _MAXIMUM_PLATFORMS else text[:_MAXIMUM_PLATFORMS].rpartition(",")[0]) or None


def _is_storable(key: str, value: str) -> bool:
    return 0 < len(key) <= _MAXIMUM_KEY and len(value) <= MAXIMUM_VALUE and not _UNSTORABLE.search(key) and not _UNSTORABLE.search(value)


def _find_expiry(labels: Mapping[str, str]) -> int | None:
    for key in _EXPIRES:
        seconds = find_duration(labels.get(key, ""))
        if seconds:
            return seconds
    return None


def parse_label(key: str, value: str, media_type: str | None) -> tuple[str, str, str]:
    """A label that people may add: key, value, media type. Raises LabelInvalid."""
    if key.startswith(_RESERVED):
        raise LabelInvalid("Label has a reserved prefix")
    if len(key) > _MAXIMUM_KEY or not _KEY.fullmatch(key):
        raise LabelInvalid(
            "The label's key is invalid: use lower-case letters, digits and single '.' and '-' between them, at most 255 characters."
        )
    if len(value) > MAXIMUM_VALUE or _UNSTORABLE.search(value):
        raise LabelInvalid(f"The label's value is invalid: at most {MAXIMUM_VALUE} characters, none of them NUL.")
    kind = media_type or ("application/json" if _is_json(value) else "text/plain")
    if kind not in _MEDIA_TYPES:
        raise LabelInvalid(f"The media type of a label is one of {', '.join(_MEDIA_TYPES)}.")
    if kind == "application/json" and not _is_json(value):
        raise LabelInvalid("The label's value is no JSON.")
    return key, value, kind


_MEDIA_TYPES = ("text/plain", "application/json", "text/markdown")


def _is_json(text: str) -> bool:
    if text[:1] not in ("{", "["):
        return False
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
