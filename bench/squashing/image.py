"""An image to flatten: text-like files, most of them small, in layers that change and hide some of each other's."""

import hashlib
import io
import json
import random
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.content import OCI_CONFIG, OCI_MANIFEST
from bench.errors import BenchError

GZIP_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_SEED = 7
_POOL_BYTES = 8 * 1024 * 1024
_SMALL, _LARGE = (200, 24_000), (2_000_000, 8_000_000)
_LARGE_SHARE = 0.6  # of the bytes
_HIDDEN = 20  # every so many files, one is hidden by the layer above
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as a file, packed with gzip."""

    file: Path
    digest: str
    packed_bytes: int
    unpacked_bytes: int
    files: int


def make_layers(folder: Path, size: int, count: int) -> list[Layer]:
    """Layers of about `size` bytes together when they are unpacked; the same in every run."""
    chance = random.Random(_SEED)
    pool = _make_pool(chance)
    return [_make_layer(folder / f"layer-{number}.tar", pool, chance, size // count, number) for number in range(count)]


def make_manifest(layers: list[Layer]) -> tuple[bytes, bytes]:
    """(config, manifest) of the layers."""
    config = json.dumps({"os": "linux", "architecture": "amd64", "config": {"Cmd": ["/bin/true"]}, "rootfs": {"type": "layers"}}).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": OCI_CONFIG, "digest": "sha256:" + hashlib.sha256(config).hexdigest(), "size": len(config)},
        "layers": [{"mediaType": GZIP_LAYER, "digest": layer.digest, "size": layer.packed_bytes} for layer in layers],
    }
    return config, json.dumps(manifest).encode()


def _make_pool(chance: random.Random) -> bytes:
    words = ["".join(chance.choices("etaoinshrdlucmfw", k=chance.randint(2, 11))) for _ in range(6000)]
    return " ".join(chance.choices(words, k=_POOL_BYTES // 6)).encode()[:_POOL_BYTES]


def _make_layer(file: Path, pool: bytes, chance: random.Random, size: int, number: int) -> Layer:
    names = 0
    with tarfile.open(file, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in _make_files(pool, chance, size, number):
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1_700_000_000
            archive.addfile(info, io.BytesIO(content))
            names += 1
    unpacked = file.stat().st_size
    if subprocess.run(["gzip", "-6", str(file)], check=False).returncode:
        raise BenchError("gzip failed")
    packed = file.with_suffix(".tar.gz")
    return Layer(packed, _digest(packed), packed.stat().st_size, unpacked, names)


def _make_files(pool: bytes, chance: random.Random, size: int, number: int) -> Iterator[tuple[str, bytes]]:
    made, count = 0, 0
    while made < size:
        is_large = chance.random() * size > (1 - _LARGE_SHARE) * size and count % 400 == 0
        length = chance.randint(*(_LARGE if is_large else _SMALL))
        start = chance.randrange(_POOL_BYTES - length) if length < _POOL_BYTES else 0
        folder = f"usr/share/part-{count % 97}"
        yield f"{folder}/layer-{number}-{count}", pool[start : start + length]
        if number and count % _HIDDEN == 1:
            yield f"{folder}/.wh.layer-{number - 1}-{count}", b""
        made += length + 1024
        count += 1


def _digest(file: Path) -> str:
    running = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            running.update(piece)
    return "sha256:" + running.hexdigest()
