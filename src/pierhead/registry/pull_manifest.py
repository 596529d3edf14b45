"""Find the manifest that a reference names (registry-protocol 6.2)."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from pierhead.platform.database import UnitOfWork
from pierhead.registry.authorize import Caller, check_pull, require_pull
from pierhead.registry.model.errors import ManifestUnknown, RepositoryUnknown, TagExpired
from pierhead.registry.model.manifests import DOCKER_LIST, OCI_INDEX, Descriptor
from pierhead.registry.model.names import Digest, RepositoryName, TagName, parse_digest
from pierhead.registry.store import manifests as store
from pierhead.registry.store import tags as tag_store
from pierhead.registry.store.manifests import StoredManifest
from pierhead.repositories.model import Repository

_INDEXES = frozenset((DOCKER_LIST, OCI_INDEX))

KnownContent = Callable[[str], bytes | None]
"""Asks a cache for the bytes of a manifest by its sha256 digest."""


@dataclass(frozen=True, slots=True)
class PulledManifest:
    """A manifest and its bytes; `digest` has the algorithm that the client asked with. A hold is told to whoever asked by digest."""

    repository: Repository
    digest: str
    sha256: str
    media_type: str
    content: bytes
    held_until_ms: int = 0


class _Index(msgspec.Struct):
    manifests: list[Descriptor] = []


_decode_index = msgspec.json.Decoder(_Index).decode


def pull_by_tag(
    work: UnitOfWork, caller: Caller, name: RepositoryName, tag: TagName, known: KnownContent, *, wants_image: bool
) -> PulledManifest:
    """The manifest under a tag. For a client that takes no index (`wants_image`) the linux/amd64 image of an index.

    The digest has the algorithm that the tag was pushed with, also when the same manifest was pushed by another digest as well.

    Raises ManifestUnknown, and TagExpired for a tag that existed.
    """
    target = tag_store.find_target(work.connection, name, tag)
    repository = check_pull(work, caller, name, target.repository if target else None)
    if target is None:
        raise RepositoryUnknown(name)
    if target.manifest is None or not target.is_alive(work.now_ms):
        raise TagExpired(tag) if target.has_tag else ManifestUnknown(tag)
    found = target.manifest
    digest = found.sha512 if target.algorithm == "sha512" and found.sha512 else found.sha256
    pulled = _with_content(work, repository, found, digest, known)
    if wants_image and pulled.media_type in _INDEXES:
        return _default_image(work, repository, pulled, known) or pulled
    return pulled


def pull_by_digest(work: UnitOfWork, caller: Caller, name: RepositoryName, digest: Digest, known: KnownContent) -> PulledManifest:
    """The manifest of a digest, tagged or not. Raises ManifestUnknown."""
    repository = require_pull(work, caller, name)
    found = store.find_manifest(work.connection, repository.id, digest)
    if found is None:
        raise ManifestUnknown(str(digest))
    return _with_content(work, repository, found, str(digest), known)


def _with_content(work: UnitOfWork, repository: Repository, found: StoredManifest, digest: str, known: KnownContent) -> PulledManifest:
    content = known(found.sha256)
    if content is None:
        content = store.find_content(work.connection, found.id)
        if content is None:
            raise ManifestUnknown(digest)
    return PulledManifest(repository, digest, found.sha256, found.media_type, content, found.held_until_ms)


def _default_image(work: UnitOfWork, repository: Repository, index: PulledManifest, known: KnownContent) -> PulledManifest | None:
    for child in _decode_index(index.content).manifests:
        platform = child.platform or {}
        if platform.get("os") == "linux" and platform.get("architecture") == "amd64":
            digest = parse_digest(child.digest)
            found = store.find_manifest(work.connection, repository.id, digest)
            return _with_content(work, repository, found, str(digest), known) if found else None
    return None
