"""The archive that `docker load` reads: one flattened layer, between what stands before it and what depends on it (squash, section 3)."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from pierhead.layers.model.errors import ImageHasNoFiles
from pierhead.platform.errors import Invalid
from pierhead.squash.model.tar import END, pack_file, pack_header

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?(?::[0-9]{1,5})?", re.ASCII)
_SUFFIX = ".squash"
_LONGEST_TAG = 128
_ANY_DIGEST = "sha256:" + 64 * "0"
_FOLDER_MODE = 0o755
_V1_FIELDS = ("architecture", "author", "config", "container_config", "created", "docker_version", "os", "os.version", "variant")
_encode = msgspec.json.Encoder(order="sorted").encode


class HostInvalid(Invalid):
    """The request's Host header cannot be part of an image's name."""

    message = "The Host header cannot be part of an image's name."


@dataclass(frozen=True, slots=True)
class Name:
    """What the loaded image is called."""

    repository: str  # host/namespace/name
    tag: str

    @property
    def whole(self) -> str:
        """As clients write it."""
        return f"{self.repository}:{self.tag}"


def name_image(host: str, repository: str, tag: str) -> Name:
    """`<host>/<namespace>/<name>:<tag>.squash`; a very long tag is cut so that the suffix fits. Raises HostInvalid."""
    if not _HOST.fullmatch(host):
        raise HostInvalid
    return Name(f"{host}/{repository}", tag[: _LONGEST_TAG - len(_SUFFIX)] + _SUFFIX)


def make_id(manifest_digest: str, name: Name) -> str:
    """64 digits: the same for the same manifest under the same name, so that the archive is the same to the byte."""
    return hashlib.sha256(f"{manifest_digest}\nsquash\n{name.whole}".encode()).hexdigest()


class Archive:
    """The bytes around the flattened layer, whose size is known before it is written and whose digest is known after."""

    def __init__(self, config: bytes, *, manifest_digest: str, name: Name, layer_bytes: int) -> None:
        """Raises ImageHasNoFiles when the config is none."""
        self._config = parse_config(config)
        self._name = name
        self.id = make_id(manifest_digest, name)
        self.moment = find_moment(self._config)
        self._layer_bytes = layer_bytes
        self.opening = self._open()
        self._padding = bytes(-layer_bytes % 512)
        self.size_bytes = len(self.opening) + layer_bytes + len(self.close(_ANY_DIGEST))

    def _open(self) -> bytes:
        config = self._config
        image = {name: config[name] for name in _V1_FIELDS if name in config}
        image["id"] = self.id
        for field in ("config", "container_config"):
            if isinstance(image.get(field), dict):
                image[field] = {**image[field], "Image": self.id}
        return b"".join(
            (
                pack_header(f"{self.id}/".encode(), kind=b"5", mode=_FOLDER_MODE, size=0, moment=self.moment),
                pack_file(f"{self.id}/VERSION".encode(), b"1.0", moment=self.moment),
                pack_file(f"{self.id}/json".encode(), _encode(image), moment=self.moment),
                pack_header(f"{self.id}/layer.tar".encode(), kind=b"0", mode=0o644, size=self._layer_bytes, moment=self.moment),
            )
        )

    def close(self, layer_digest: str) -> bytes:
        """What follows the layer; its length does not depend on the digest."""
        created = self._config.get("created")
        history = {"created_by": "pierhead squash", **({"created": created} if isinstance(created, str) else {})}
        config = _encode({**self._config, "rootfs": {"type": "layers", "diff_ids": [layer_digest]}, "history": [history]})
        file = f"{hashlib.sha256(config).hexdigest()}.json"
        manifest = [{"Config": file, "RepoTags": [self._name.whole], "Layers": [f"{self.id}/layer.tar"]}]
        repositories = {self._name.repository: {self._name.tag: self.id}}
        return b"".join(
            (
                self._padding,
                pack_file(file.encode(), config, moment=self.moment),
                pack_file(b"manifest.json", _encode(manifest), moment=self.moment),
                pack_file(b"repositories", _encode(repositories), moment=self.moment),
                END,
            )
        )


def parse_config(config: bytes) -> dict[str, Any]:
    """An image's config. Raises ImageHasNoFiles when it is none."""
    try:
        return msgspec.json.decode(config, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        raise ImageHasNoFiles("its config is no JSON object") from None


def find_moment(config: dict[str, Any]) -> int:
    """When the image was created, in Unix seconds; 0 where it does not say."""
    created = config.get("created")
    try:
        moment = datetime.fromisoformat(created) if isinstance(created, str) else datetime.fromtimestamp(0, UTC)
        return max(0, int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()))
    except (ValueError, OverflowError):
        return 0
