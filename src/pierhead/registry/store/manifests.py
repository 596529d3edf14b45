"""Queries about manifests, their edges and their referrers."""

import heapq
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, case, insert, or_, select, update

from pierhead.platform.database import Prepared, upsert
from pierhead.registry.model.names import Digest
from pierhead.registry.model.tags import EndReason
from pierhead.registry.store.collector.ended_tags import note_ended_tags_of_manifest
from pierhead.registry.tables import manifest, manifest_blob, manifest_child, manifest_content, tag


class StoredManifest(NamedTuple):
    """A manifest of one repository, without its bytes."""

    id: int
    sha256: str
    sha512: str | None
    media_type: str
    size_bytes: int
    held_until_ms: int = 0  # where it was looked up by digest


class Referrer(NamedTuple):
    """A manifest that has a given subject."""

    id: int
    digest: str
    media_type: str
    size_bytes: int
    artifact_type: str | None
    annotations: str | None  # JSON


_COLUMNS = [manifest.c[name] for name in StoredManifest._fields]
_FIND = {
    algorithm: Prepared(
        select(*_COLUMNS).where(
            manifest.c.repository_id == bindparam("repository_id"),
            manifest.c[algorithm] == bindparam("digest"),
            manifest.c.deleted_ms.is_(None),
        )
    )
    for algorithm in ("sha256", "sha512")
}
_HOLD = {
    algorithm: Prepared(
        update(manifest)
        .where(
            manifest.c.repository_id == bindparam("in_repository"),
            manifest.c[algorithm] == bindparam("of_digest"),
            manifest.c.deleted_ms.is_(None),
        )
        .values(
            held_until_ms=case((manifest.c.held_until_ms > bindparam("until_ms"), manifest.c.held_until_ms), else_=bindparam("until_ms"))
        )
    )
    for algorithm in ("sha256", "sha512")
}
_CONTENT = Prepared(select(manifest_content.c.content).where(manifest_content.c.manifest_id == bindparam("manifest_id")))
_NEW_FIELDS = (
    "repository_id",
    "sha256",
    "sha512",
    "algorithm",
    "media_type",
    "kind",
    "artifact_type",
    "size_bytes",
    "content_bytes",
    "subject",
    "annotations",
    "created_ms",
    "held_until_ms",
    "platforms",
    "expires_after_seconds",
    "makes_immutable",
)
_INSERT = Prepared(
    upsert(manifest)
    .values({name: bindparam(name) for name in _NEW_FIELDS})
    .on_conflict_do_nothing(index_elements=["repository_id", "sha256"])
    .returning(manifest.c.id)
)
_REVIVE = Prepared(
    update(manifest)
    .where(manifest.c.repository_id == bindparam("in_repository"), manifest.c.sha256 == bindparam("digest"))
    .values(deleted_ms=None, held_until_ms=bindparam("held_until_ms"), media_type=bindparam("media_type"))
    .returning(manifest.c.id, manifest.c.sha512)
)
_SET_SHA512 = Prepared(update(manifest).where(manifest.c.id == bindparam("manifest_id")).values(sha512=bindparam("digest")))
_INSERT_CONTENT = Prepared(insert(manifest_content).values(manifest_id=bindparam("manifest_id"), content=bindparam("content")))
_INSERT_BLOB = Prepared(insert(manifest_blob).values({name: bindparam(name) for name in ("manifest_id", "blob_id", "repository_id")}))
_INSERT_CHILD = Prepared(
    insert(manifest_child).values({name: bindparam(name) for name in ("manifest_id", "child", "position", "platform")})
)
_SUBJECT = Prepared(select(manifest.c.subject).where(manifest.c.id == bindparam("manifest_id")))
_DELETE = Prepared(
    update(manifest)
    .where(manifest.c.id == bindparam("manifest_id"), manifest.c.deleted_ms.is_(None))
    # Held no more: what no interval of a tag keeps for the time machine goes at once.
    .values(deleted_ms=bindparam("now_ms"), held_until_ms=bindparam("now_ms"))
)
_END_TAGS = Prepared(
    update(tag)
    .where(tag.c.manifest_id == bindparam("of_manifest"), or_(tag.c.end_ms.is_(None), tag.c.end_ms > bindparam("now_ms")))
    # Another node's clock may have begun the interval a little later than now; it does not end before it began.
    .values(
        end_ms=case((tag.c.start_ms > bindparam("now_ms"), tag.c.start_ms), else_=bindparam("now_ms")),
        end_reason=EndReason.DELETED.value,
        ended_by=bindparam("by"),
    )
    .returning(tag.c.name)
)
_IMMUTABLE_TAG = Prepared(
    select(tag.c.name)
    .where(tag.c.manifest_id == bindparam("manifest_id"), tag.c.immutable, or_(tag.c.end_ms.is_(None), tag.c.end_ms > bindparam("now_ms")))
    .limit(1)
)
_REFERRER_COLUMNS = [
    manifest.c.id,
    case((manifest.c.algorithm == "sha512", manifest.c.sha512), else_=manifest.c.sha256),
    manifest.c.media_type,
    manifest.c.size_bytes,
    manifest.c.artifact_type,
    manifest.c.annotations,
]
_REFERRERS = (
    select(*_REFERRER_COLUMNS)
    .where(
        manifest.c.repository_id == bindparam("repository_id"),
        manifest.c.subject == bindparam("subject"),
        manifest.c.deleted_ms.is_(None),
        manifest.c.id > bindparam("after"),
    )
    .order_by(manifest.c.id)
    .limit(bindparam("maximum"))
)
_ALL_REFERRERS = Prepared(_REFERRERS)
_TYPED_REFERRERS = Prepared(_REFERRERS.where(manifest.c.artifact_type == bindparam("artifact_type")))
_FALLBACK_TAG = Prepared(
    select(tag.c.manifest_id)
    .where(
        and_(tag.c.repository_id == bindparam("repository_id"), tag.c.name == bindparam("name")),
        or_(tag.c.end_ms.is_(None), tag.c.end_ms > bindparam("now_ms")),
    )
    .limit(1)
)


def find_manifest(connection: Connection, repository_id: int, digest: Digest) -> StoredManifest | None:
    """The manifest of this digest, unless it was deleted."""
    row = _FIND[digest.algorithm].first(connection, repository_id=repository_id, digest=str(digest))
    return StoredManifest(*row) if row else None


def find_content(connection: Connection, manifest_id: int) -> bytes | None:
    """The bytes of a manifest, exactly as they were pushed. None when it was collected since it was looked up."""
    row = _CONTENT.first(connection, manifest_id=manifest_id)
    return None if row is None else bytes(row[0])


def hold_manifest(connection: Connection, repository_id: int, digest: Digest, *, until_ms: int) -> bool:
    """Keep the manifest at least until then; whether it is there. The caller holds the repository's lock."""
    return _HOLD[digest.algorithm].run(connection, in_repository=repository_id, of_digest=str(digest), until_ms=until_ms) > 0


def insert_manifest(connection: Connection, content: bytes, **fields: object) -> tuple[int, bool]:
    """Add a manifest, or bring back the one that is there; its id, and whether it is new to the repository.

    Bytes that do not say their type themselves take that of the last push: the client that checks what it has just pushed finds it.
    """
    row = _INSERT.first(connection, **fields)
    if row is not None:
        _INSERT_CONTENT.run(connection, manifest_id=row[0], content=content)
        return row[0], True
    known = _REVIVE.first(
        connection,
        in_repository=fields["repository_id"],
        digest=fields["sha256"],
        held_until_ms=fields["held_until_ms"],
        media_type=fields["media_type"],
    )
    if known is None:
        raise AssertionError("a conflicting row exists")
    if fields["sha512"] is not None and known[1] is None:
        _SET_SHA512.run(connection, manifest_id=known[0], digest=fields["sha512"])
    return known[0], False


def insert_edges(
    connection: Connection, repository_id: int, manifest_id: int, *, blob_ids: Iterable[int], children: Iterable[tuple[str, str | None]]
) -> None:
    """Record what a new manifest of the repository refers to; children are (digest, platform)."""
    for blob_id in blob_ids:
        _INSERT_BLOB.run(connection, manifest_id=manifest_id, blob_id=blob_id, repository_id=repository_id)
    for position, (child, platform) in enumerate(children):
        _INSERT_CHILD.run(connection, manifest_id=manifest_id, child=child, position=position, platform=platform)


def find_subject(connection: Connection, manifest_id: int) -> str | None:
    """The digest of the manifest that this one is about."""
    row = _SUBJECT.first(connection, manifest_id=manifest_id)
    return row[0] if row else None


def find_immutable_tag(connection: Connection, manifest_id: int, *, now_ms: int) -> str | None:
    """A living immutable tag of the manifest."""
    row = _IMMUTABLE_TAG.first(connection, manifest_id=manifest_id, now_ms=now_ms)
    return row[0] if row else None


def delete_manifest(connection: Connection, manifest_id: int, *, now_ms: int, by: str) -> list[str]:
    """Stop serving the manifest and end its living tags; their names."""
    _DELETE.run(connection, manifest_id=manifest_id, now_ms=now_ms)
    ended = [row[0] for row in _END_TAGS.all(connection, of_manifest=manifest_id, now_ms=now_ms, by=by)]
    note_ended_tags_of_manifest(connection, manifest_id)
    return ended


def list_referrers(
    connection: Connection, repository_id: int, subjects: Sequence[str], *, artifact_type: str | None, after: int, maximum: int
) -> list[Referrer]:
    """Manifests with one of these subjects, oldest first, beyond the row `after`."""
    parameters: dict[str, object] = {"repository_id": repository_id, "after": after, "maximum": maximum}
    if artifact_type is not None:
        parameters["artifact_type"] = artifact_type
    statement = _ALL_REFERRERS if artifact_type is None else _TYPED_REFERRERS
    # Each list comes out of the index in order; asking for several subjects at once would sort them all.
    lists = [statement.all(connection, subject=subject, **parameters) for subject in subjects]
    return [Referrer(*row) for row in islice(heapq.merge(*lists), maximum)]


def find_fallback_index(connection: Connection, repository_id: int, tag_name: str, *, now_ms: int) -> int | None:
    """The manifest under the fallback tag of the referrers scheme, as old clients push it."""
    row = _FALLBACK_TAG.first(connection, repository_id=repository_id, name=tag_name, now_ms=now_ms)
    return row[0] if row else None
