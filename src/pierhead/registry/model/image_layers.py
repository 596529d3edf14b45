"""The layers of an image with what its configuration says about each."""

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class ImageLayer:
    """One layer; index 0 is the lowest. `urls` are there for a layer that is kept elsewhere, `created` is text in ISO 8601."""

    index: int
    digest: str
    size_bytes: int
    urls: tuple[str, ...]
    command: str | None
    comment: str | None
    author: str | None
    created: str | None


class _Layer(msgspec.Struct):
    digest: str = ""
    size: int = 0
    urls: list[str] | None = None


class _Config(msgspec.Struct, rename={"media_type": "mediaType"}):
    digest: str = ""
    media_type: str = ""
    size: int = 0


class _Manifest(msgspec.Struct):
    config: _Config | None = None
    layers: list[_Layer] | None = None


class _Step(msgspec.Struct):
    created: str | None = None
    created_by: str | None = None
    comment: str | None = None
    author: str | None = None
    empty_layer: bool = False


class _History(msgspec.Struct):
    history: list[_Step] | None = None


_decode_manifest = msgspec.json.Decoder(_Manifest).decode
_decode_history = msgspec.json.Decoder(_History, strict=False).decode


def find_config(content: bytes) -> tuple[str, str]:
    """(digest, media type) of the configuration that a manifest names; empty for an index."""
    config = _decode_manifest(content).config
    return (config.digest, config.media_type) if config else ("", "")


def list_layers(content: bytes, config: bytes | None) -> list[ImageLayer]:
    """The layers that a manifest names, the lowest first; what the configuration does not tell is None."""
    steps = _read_steps(config)
    layers = _decode_manifest(content).layers or []
    matched = steps if len(steps) == len(layers) else [_Step()] * len(layers)
    return [
        ImageLayer(index, layer.digest, layer.size, tuple(layer.urls or ()), step.created_by, step.comment, step.author, step.created)
        for index, (layer, step) in enumerate(zip(layers, matched, strict=True))
    ]


def _read_steps(config: bytes | None) -> list[_Step]:
    if config is None:
        return []
    try:
        history = _decode_history(config).history or []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    return [step for step in history if not step.empty_layer]
