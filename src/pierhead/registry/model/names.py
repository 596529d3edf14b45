"""Names of repositories and tags, and digests: text becomes a value here, or an error."""

import re
from dataclasses import dataclass
from typing import NewType

from pierhead.platform.errors import Invalid

RepositoryName = NewType("RepositoryName", str)  # whole: namespace/name
TagName = NewType("TagName", str)

_REPOSITORY = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"([A-Za-z0-9_+.-]+):([A-Fa-f0-9]+)", re.ASCII)
_HEX_LENGTHS = {"sha256": 64, "sha512": 128}

MAXIMUM_REPOSITORY_NAME = 255
HASH_ALGORITHMS = tuple(_HEX_LENGTHS)


class NameInvalid(Invalid):
    """The text is no repository name."""


class TagInvalid(Invalid):
    """The text is no tag name."""


class DigestInvalid(Invalid):
    """The text is no digest, or the content does not have it."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A content address. Hexadecimal digits are lower case."""

    algorithm: str
    hex: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"


def parse_repository_name(text: str, *, nested: bool = True, library: str | None = "library") -> RepositoryName:
    """A whole name `namespace/name` from the text of a path (registry-protocol 1). Raises NameInvalid."""
    if not _REPOSITORY.fullmatch(text) or len(text) > MAXIMUM_REPOSITORY_NAME:
        raise NameInvalid(
            f"'{text[:300]}' is no repository name: use lower-case letters, digits, '.', '_' and '-', in parts separated by '/', "
            f"at most {MAXIMUM_REPOSITORY_NAME} characters.",
            detail={"name": text[:300]},
        )
    slashes = text.count("/")
    if slashes == 0:
        if not library:
            raise NameInvalid(f"'{text}' has no namespace: write namespace/{text}.", detail={"name": text})
        return RepositoryName(f"{library}/{text}")
    if slashes > 1 and not nested:
        raise NameInvalid(f"Nested repositories are not supported. Found: {text}", detail={"name": text})
    return RepositoryName(text)


def namespace_of(name: RepositoryName) -> str:
    """The first part of a whole name."""
    return name.partition("/")[0]


def parse_tag_name(text: str) -> TagName:
    """Raises TagInvalid."""
    if not _TAG.fullmatch(text):
        raise TagInvalid(
            f"'{text[:200]}' is no tag name: use letters, digits, '_', '.' and '-', at most 128, not beginning with '.' or '-'.",
            detail={"tag": text[:200]},
        )
    return TagName(text)


def is_tag_name(text: str) -> bool:
    """Whether the text could name a tag."""
    return _TAG.fullmatch(text) is not None


def parse_digest(text: str) -> Digest:
    """Raises DigestInvalid for a malformed digest or an algorithm that the registry does not compute."""
    match = _DIGEST.fullmatch(text)
    if match is None:
        raise DigestInvalid("The digest is malformed: it should read sha256: and 64 hexadecimal digits.", detail={"digest": text[:200]})
    algorithm, digits = match.groups()
    length = _HEX_LENGTHS.get(algorithm)
    if length is None:
        raise DigestInvalid(
            f"The digest algorithm '{algorithm[:40]}' is not supported: use sha256 or sha512.", detail={"digest": text[:200]}
        )
    if len(digits) != length:
        raise DigestInvalid(f"A {algorithm} digest has {length} hexadecimal digits, this one {len(digits)}.", detail={"digest": text[:200]})
    return Digest(algorithm, digits.lower())
