"""Tar archives of layers, made of a few words each."""

import gzip
import io
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import zstandard

WHITEOUT = ".wh."


@dataclass(frozen=True, slots=True)
class Made:
    """One entry of an archive. `kind` is one of tarfile's types."""

    path: str
    content: bytes = b""
    kind: bytes = tarfile.REGTYPE
    link: str = ""
    mode: int = 0o644
    user: int = 0
    group: int = 0
    modified: int = 1_700_000_000
    device: tuple[int, int] = (0, 0)
    records: Mapping[str, str] = field(default_factory=dict)


def file(path: str, content: bytes = b"content", mode: int = 0o644, **more: object) -> Made:
    return Made(path, content, mode=mode, **more)  # type: ignore[arg-type]


def folder(path: str, mode: int = 0o755, **more: object) -> Made:
    return Made(path, kind=tarfile.DIRTYPE, mode=mode, **more)  # type: ignore[arg-type]


def symlink(path: str, target: str) -> Made:
    return Made(path, kind=tarfile.SYMTYPE, link=target, mode=0o777)


def hardlink(path: str, target: str) -> Made:
    return Made(path, kind=tarfile.LNKTYPE, link=target)


def whiteout(path: str) -> Made:
    """Hides the path of the layers below."""
    parent, _, name = path.rpartition("/")
    return Made(f"{parent}/{WHITEOUT}{name}" if parent else f"{WHITEOUT}{name}")


def opaque(path: str) -> Made:
    """Hides what the layers below have in the folder."""
    return Made(f"{path}/.wh..wh..opq" if path else ".wh..wh..opq")


def pack(*entries: Made, form: int = tarfile.PAX_FORMAT, common: Mapping[str, str] | None = None) -> bytes:
    """An archive of the entries in this order; `common` are records of a global header."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, pax_headers=common) as archive:
        for made in entries:
            info = tarfile.TarInfo(made.path)
            info.type, info.linkname, info.mode = made.kind, made.link, made.mode
            info.uid, info.gid, info.mtime = made.user, made.group, made.modified
            info.devmajor, info.devminor = made.device
            info.pax_headers = dict(made.records)
            info.size = len(made.content)
            archive.addfile(info, io.BytesIO(made.content))
    return buffer.getvalue()


def compress(archive: bytes, by: str = "gzip") -> bytes:
    """The archive as a layer's blob."""
    if by == "gzip":
        return gzip.compress(archive, 1, mtime=0)
    return zstandard.compress(archive, 1) if by == "zstd" else archive


def unpack(archive: bytes) -> dict[str, tarfile.TarInfo]:
    """The entries of an archive by their paths, the last of each."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return {info.name: info for info in opened}


def contents(archive: bytes) -> dict[str, bytes]:
    """The content of each file (hard links too) by its path."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        found = {}
        for info in opened:
            read = opened.extractfile(info) if info.isfile() or info.islnk() else None
            if read is not None:
                found[info.name] = read.read()
        return found


def names(archive: bytes) -> list[str]:
    """The paths of the entries in their order."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return opened.getnames()


def sizes(layers: Iterable[bytes]) -> int:
    return sum(map(len, layers))
