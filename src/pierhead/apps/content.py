"""Read a pushed package: base64 of a gzipped tar, within limits."""

import base64
import binascii
import hashlib
import tarfile
import zlib
from dataclasses import dataclass

from pierhead.apps.model import InvalidParameters, PackageTooLarge

# A package unpacks to at most so many times its limit: charts are text, which packs well, and a bomb packs far better.
_UNPACKED_FACTOR = 64
_PIECE = 256 * 1024
_GZIP = 31  # zlib: a gzip header is expected
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class PackageContent:
    """A gzipped tar as it was sent, and its digests: `tar_digest` is that of what it unpacks to. Both are whole sha256 digests."""

    content: bytes
    digest: str
    tar_digest: str


def read_package(text: str, *, maximum_bytes: int) -> PackageContent:
    """Decode and check a package. Raises PackageTooLarge, and InvalidParameters for what is no gzipped tar."""
    if len(text) * 3 // 4 > maximum_bytes + 3:
        raise PackageTooLarge(maximum_bytes)
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidParameters("The field blob is not base64.") from None
    if len(content) > maximum_bytes:
        raise PackageTooLarge(maximum_bytes)
    tar_digest = _hash_unpacked(content, maximum_bytes * _UNPACKED_FACTOR)
    return PackageContent(content, f"sha256:{hashlib.sha256(content).hexdigest()}", f"sha256:{tar_digest}")


def _hash_unpacked(content: bytes, maximum_bytes: int) -> str:
    digest = hashlib.sha256()
    unpacker = zlib.decompressobj(_GZIP)
    pending, unpacked, beginning = content, 0, b""
    try:
        while not unpacker.eof:
            piece = unpacker.decompress(pending, _PIECE)
            if not piece and not pending:
                break
            pending = unpacker.unconsumed_tail
            unpacked += len(piece)
            if unpacked > maximum_bytes:
                raise InvalidParameters(f"The package unpacks to more than {maximum_bytes} bytes.")
            if len(beginning) < _BLOCK:
                beginning += piece[: _BLOCK - len(beginning)]
            digest.update(piece)
    except zlib.error:
        raise InvalidParameters("The field blob is not a gzipped tar archive.") from None
    if not unpacker.eof:
        raise InvalidParameters("The gzipped tar archive in the field blob is cut off.")
    if not _is_tar(beginning):
        raise InvalidParameters("The field blob is not a gzipped tar archive.")
    return digest.hexdigest()


def _is_tar(beginning: bytes) -> bool:
    """Whether a tar archive may begin so; an empty one is two blocks of zeros."""
    if len(beginning) == _BLOCK and not beginning.strip(b"\0"):
        return True
    try:
        tarfile.TarInfo.frombuf(beginning, "utf-8", "surrogateescape")
    except tarfile.TarError:
        return False
    return True
