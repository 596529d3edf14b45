"""Store a manifest and point tags at it, in one transaction (registry-protocol 6.2, tags-and-gc 1)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.platform.outbox.emit import emit
from pierhead.registry.authorize import Caller, PushPolicy, require_push_or_create
from pierhead.registry.events import RepositoryPush
from pierhead.registry.image_facts import record_facts
from pierhead.registry.model.errors import ManifestBlobsMissing
from pierhead.registry.model.labels import NO_FACTS, ImageFacts, join_platform
from pierhead.registry.model.manifests import Descriptor, Manifest
from pierhead.registry.model.names import Digest, DigestInvalid, RepositoryName, TagName, parse_digest
from pierhead.registry.model.rules import DEFAULT_RULES, TagRules
from pierhead.registry.model.tags import Move
from pierhead.registry.move_tag import point_tag
from pierhead.registry.store import blobs as blob_store
from pierhead.registry.store import listing
from pierhead.registry.store import manifests as store
from pierhead.repositories import records
from pierhead.repositories.log import record
from pierhead.repositories.model import Repository
from pierhead.repositories.quotas import require_room


@dataclass(frozen=True, slots=True)
class ManifestPush:
    """What a client pushes: parsed manifest, its bytes, and where it shall go. `digest` is given when the client addressed it by digest."""

    manifest: Manifest
    content: bytes
    digest: Digest | None
    tags: tuple[TagName, ...]
    facts: ImageFacts = NO_FACTS


@dataclass(frozen=True, slots=True)
class PushedManifest:
    """What a push came to; `digest` has the algorithm that the client used."""

    repository: Repository
    digest: str
    sha256: str
    moves: tuple[Move, ...]


def push_manifest(
    work: UnitOfWork,
    caller: Caller,
    name: RepositoryName,
    push: ManifestPush,
    policy: PushPolicy,
    *,
    hold_seconds: int,
    sparse: bool,
    rules: TagRules = DEFAULT_RULES,
) -> PushedManifest:
    """Add the manifest with its edges and move the tags, all at the same millisecond.

    Raises ManifestBlobsMissing with every digest that the repository lacks, and TagImmutable and NamespaceFull; nothing changes then.
    """
    repository = require_push_or_create(work, caller, name, policy)
    require_room(work, repository, policy.quotas, for_more=False)
    pushed = add_manifest(work, repository, push, moved_by=caller.name, hold_seconds=hold_seconds, sparse=sparse, rules=rules)
    if pushed.moves:
        _tell(work, caller, repository, push, pushed.sha256)
    return pushed


def add_manifest(
    work: UnitOfWork,
    repository: Repository,
    push: ManifestPush,
    *,
    moved_by: str,
    hold_seconds: int,
    sparse: bool = False,
    rules: TagRules = DEFAULT_RULES,
) -> PushedManifest:
    """As `push_manifest`, for a room whose verb has checked the caller and keeps its own record of the change."""
    sha256, sha512 = compute_digests(push)
    algorithm = "sha512" if sha512 else "sha256"
    records.lock_repository(work, repository)
    blob_ids = _require_blobs(work, repository, push.manifest.blobs)
    if not sparse:
        _require_children(work, repository, push.manifest.children)
    manifest_id, is_new = store.insert_manifest(
        work.connection,
        push.content,
        repository_id=repository.id,
        sha256=sha256,
        sha512=sha512,
        algorithm=algorithm,
        media_type=push.manifest.media_type,
        kind=push.manifest.kind.value,
        artifact_type=push.manifest.artifact_type,
        size_bytes=len(push.content),
        content_bytes=push.manifest.size_bytes,
        subject=push.manifest.subject,
        annotations=_referrer_annotations(push.manifest),
        created_ms=work.now_ms,
        held_until_ms=work.now_ms + hold_seconds * 1000,
        platforms=push.facts.platform,
        expires_after_seconds=push.facts.acting.expires_after_seconds,
        makes_immutable=push.facts.acting.makes_immutable,
    )
    if is_new:
        children = [(child.digest, _platform(child)) for child in push.manifest.children]
        store.insert_edges(work.connection, repository.id, manifest_id, blob_ids=blob_ids, children=children)
    acting = record_facts(work, repository, manifest_id, push.facts, is_new=is_new, is_index=bool(push.manifest.children))
    if push.manifest.subject is not None:
        listing.refresh_figures(work.connection, repository.id, push.manifest.subject)
    moves = tuple(
        point_tag(work, repository, tag, manifest_id, sha256, moved_by=moved_by, algorithm=algorithm, rules=rules, acting=acting)
        for tag in push.tags
    )
    return PushedManifest(repository, str(push.digest) if push.digest else sha256, sha256, moves)


def _tell(work: UnitOfWork, caller: Caller, repository: Repository, push: ManifestPush, sha256: str) -> None:
    media_type = push.manifest.media_type
    for tag in push.tags:
        record(work, caller.identity, LogKind.PUSH_REPO, repository, caller.address, tag=tag, mediaType=media_type, manifest_digest=sha256)
    emit(work, RepositoryPush(repository.name, push.tags, sha256, media_type, caller.name))


def compute_digests(push: ManifestPush) -> tuple[str, str | None]:
    """The sha256 digest of the content, and its sha512 one when it was addressed so. Raises DigestInvalid on a mismatch."""
    sha256 = f"sha256:{hashlib.sha256(push.content).hexdigest()}"
    if push.digest is None:
        return sha256, None
    actual = sha256 if push.digest.algorithm == "sha256" else f"sha512:{hashlib.sha512(push.content).hexdigest()}"
    if actual != str(push.digest):
        raise DigestInvalid("manifest digest mismatch", detail={"given": str(push.digest), "actual": actual})
    return sha256, actual if push.digest.algorithm == "sha512" else None


def _require_blobs(work: UnitOfWork, repository: Repository, digests: Sequence[str]) -> list[int]:
    found = blob_store.find_blob_ids(work.connection, repository.id, tuple(digests))
    missing = [digest for digest in digests if digest not in found]
    if missing:
        raise ManifestBlobsMissing(missing)
    # Two digests of different algorithms may name the same blob.
    return list(dict.fromkeys(found[digest] for digest in digests))


def _require_children(work: UnitOfWork, repository: Repository, children: Sequence[Descriptor]) -> None:
    missing = [
        child.digest for child in children if store.find_manifest(work.connection, repository.id, parse_digest(child.digest)) is None
    ]
    if missing:
        raise ManifestBlobsMissing(missing)


def _referrer_annotations(manifest: Manifest) -> str | None:
    if manifest.subject is None or not manifest.annotations:
        return None
    return msgspec.json.encode(manifest.annotations).decode()


def _platform(child: Descriptor) -> str | None:
    platform = child.platform or {}
    return join_platform(platform.get("os"), platform.get("architecture"), platform.get("variant"))
