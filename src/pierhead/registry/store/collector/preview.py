"""Queries of the look ahead: what the collector would remove. Nothing is changed and nothing is locked."""

from typing import NamedTuple

from sqlalchemy import BigInteger, BindParameter, Connection, String, bindparam, func, or_, select, text

from pierhead.accounts.tables import account
from pierhead.platform.database import Prepared
from pierhead.registry.tables import blob, collector_bytes, manifest, manifest_blob, manifest_child, repository_blob, tag
from pierhead.repositories.tables import repository

_ROWS = 1000  # of one statement


class EndedTag(NamedTuple):
    """An interval that the time machine has let go."""

    id: int
    repository: str
    name: str
    manifest_id: int
    end_ms: int


class SeenManifest(NamedTuple):
    """A manifest with what decides about it."""

    id: int
    repository_id: int
    repository: str
    sha256: str
    sha512: str | None
    subject: str | None
    held_until_ms: int
    deleted_ms: int | None


class SeenBlob(NamedTuple):
    """A blob that might go."""

    id: int
    sha256: str
    size_bytes: int


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger)


_ENDED = Prepared(
    select(tag.c.id, repository.c.name, tag.c.name, tag.c.manifest_id, tag.c.end_ms)
    .join(repository, repository.c.id == tag.c.repository_id)
    .join(account, account.c.id == repository.c.namespace_id)
    .where(
        tag.c.repository_id == _number("repository_id"),
        tag.c.end_ms <= _number("now_ms") - account.c.tag_window_seconds * 1000,
        tag.c.immutable.is_(False),
        account.c.is_enabled,
        tag.c.id > _number("after"),
    )
    .order_by(tag.c.id)
    .limit(_ROWS)
)
_DUE_MANIFESTS = Prepared(
    select(manifest.c.id)
    .where(text("manifest.held_until_ms > 0"), manifest.c.held_until_ms <= _number("now_ms"), manifest.c.id > _number("after"))
    .order_by(manifest.c.id)
    .limit(_ROWS)
)
_MANIFEST = Prepared(
    select(
        manifest.c.id,
        manifest.c.repository_id,
        repository.c.name,
        *(manifest.c[name] for name in ("sha256", "sha512", "subject", "held_until_ms", "deleted_ms")),
    )
    .join(repository, repository.c.id == manifest.c.repository_id)
    .where(manifest.c.id == _number("manifest_id"))
)
_TAGS = Prepared(select(tag.c.id).where(tag.c.manifest_id == _number("manifest_id")))
_parent = manifest.alias("parent")
_PARENTS = Prepared(
    select(_parent.c.id)
    .join(manifest_child, manifest_child.c.manifest_id == _parent.c.id)
    .where(
        _parent.c.repository_id == _number("repository_id"),
        manifest_child.c.child.in_((bindparam("sha256", type_=String), bindparam("sha512", type_=String))),
    )
)
_BY_DIGEST = Prepared(
    select(manifest.c.id).where(
        manifest.c.repository_id == _number("repository_id"),
        or_(manifest.c.sha256 == bindparam("digest", type_=String), manifest.c.sha512 == bindparam("digest", type_=String)),
    )
)
_CHILDREN = Prepared(select(manifest_child.c.child).where(manifest_child.c.manifest_id == _number("manifest_id")))
_REFERRERS = Prepared(
    select(manifest.c.id).where(
        manifest.c.repository_id == _number("repository_id"),
        manifest.c.subject.in_((bindparam("sha256", type_=String), bindparam("sha512", type_=String))),
    )
)
_BLOBS = Prepared(select(manifest_blob.c.blob_id).where(manifest_blob.c.manifest_id == _number("manifest_id")))
_DUE_HOLDINGS = Prepared(
    select(repository_blob.c.repository_id, repository_blob.c.blob_id)
    .where(text("repository_blob.held_until_ms > 0"), repository_blob.c.held_until_ms <= _number("now_ms"))
    .order_by(repository_blob.c.held_until_ms)
)
_IS_HELD = Prepared(
    select(repository_blob.c.blob_id).where(
        repository_blob.c.repository_id == _number("repository_id"),
        repository_blob.c.blob_id == _number("blob_id"),
        repository_blob.c.held_until_ms > _number("now_ms"),
    )
)
_EDGES = Prepared(select(manifest_blob.c.manifest_id).where(manifest_blob.c.blob_id == _number("blob_id")))
_EDGES_THERE = Prepared(
    select(manifest_blob.c.manifest_id).where(
        manifest_blob.c.blob_id == _number("blob_id"), manifest_blob.c.repository_id == _number("repository_id")
    )
)
_HOLDERS = Prepared(select(repository_blob.c.repository_id).where(repository_blob.c.blob_id == _number("blob_id")))
_MARKED = Prepared(select(blob.c.id).where(blob.c.unused_ms.is_not(None)).order_by(blob.c.unused_ms))
_BLOB = Prepared(select(blob.c.id, blob.c.sha256, blob.c.size_bytes).where(blob.c.id == _number("blob_id")))
_WAITING = Prepared(select(func.count(), func.coalesce(func.sum(collector_bytes.c.size_bytes), 0)))


def list_ended_tags(connection: Connection, repository_id: int, *, now_ms: int, after: int) -> list[EndedTag]:
    """Some intervals of the repository that the time machine has let go, beyond the row `after`."""
    return [EndedTag(*row) for row in _ENDED.all(connection, repository_id=repository_id, now_ms=now_ms, after=after)]


def list_due_manifests(connection: Connection, *, now_ms: int, after: int) -> list[int]:
    """Some manifests that are not held any more, beyond the row `after`."""
    return [row[0] for row in _DUE_MANIFESTS.all(connection, now_ms=now_ms, after=after)]


def find_manifest(connection: Connection, manifest_id: int) -> SeenManifest | None:
    """The manifest of a row id."""
    row = _MANIFEST.first(connection, manifest_id=manifest_id)
    return SeenManifest(*row) if row else None


def list_tags_of(connection: Connection, manifest_id: int) -> set[int]:
    """Intervals that point at the manifest."""
    return {row[0] for row in _TAGS.all(connection, manifest_id=manifest_id)}


def list_parents(connection: Connection, seen: SeenManifest) -> set[int]:
    """Lists that hold the manifest."""
    rows = _PARENTS.all(connection, repository_id=seen.repository_id, sha256=seen.sha256, sha512=seen.sha512 or seen.sha256)
    return {row[0] for row in rows}


def find_by_digest(connection: Connection, repository_id: int, digest: str) -> int | None:
    """The manifest of a digest."""
    row = _BY_DIGEST.first(connection, repository_id=repository_id, digest=digest)
    return row[0] if row else None


def list_dependents(connection: Connection, seen: SeenManifest) -> list[int]:
    """Children and referrers of the manifest."""
    children = [find_by_digest(connection, seen.repository_id, row[0]) for row in _CHILDREN.all(connection, manifest_id=seen.id)]
    referrers = _REFERRERS.all(connection, repository_id=seen.repository_id, sha256=seen.sha256, sha512=seen.sha512 or seen.sha256)
    return [child for child in children if child is not None] + [row[0] for row in referrers]


def list_blobs_of(connection: Connection, manifest_id: int) -> list[int]:
    """Blobs that the manifest refers to."""
    return [row[0] for row in _BLOBS.all(connection, manifest_id=manifest_id)]


def list_due_holdings(connection: Connection, *, now_ms: int) -> list[tuple[int, int]]:
    """(repository, blob) of those that are not held any more."""
    return [(row[0], row[1]) for row in _DUE_HOLDINGS.all(connection, now_ms=now_ms)]


def is_held(connection: Connection, repository_id: int, blob_id: int, *, now_ms: int) -> bool:
    """Whether an upload or a mount of late keeps the blob in the repository."""
    return _IS_HELD.first(connection, repository_id=repository_id, blob_id=blob_id, now_ms=now_ms) is not None


def list_users(connection: Connection, blob_id: int, repository_id: int | None = None) -> set[int]:
    """Manifests that refer to the blob, of one repository or of all."""
    if repository_id is None:
        return {row[0] for row in _EDGES.all(connection, blob_id=blob_id)}
    return {row[0] for row in _EDGES_THERE.all(connection, blob_id=blob_id, repository_id=repository_id)}


def list_holders(connection: Connection, blob_id: int) -> set[int]:
    """Repositories that hold the blob."""
    return {row[0] for row in _HOLDERS.all(connection, blob_id=blob_id)}


def list_marked(connection: Connection) -> list[int]:
    """Blobs that a repository has let go of."""
    return [row[0] for row in _MARKED.all(connection)]


def find_blob(connection: Connection, blob_id: int) -> SeenBlob | None:
    """The blob of a row id."""
    row = _BLOB.first(connection, blob_id=blob_id)
    return SeenBlob(*row) if row else None


def sum_waiting_bytes(connection: Connection) -> tuple[int, int]:
    """(number, size) of copies whose row is gone."""
    row = _WAITING.first(connection)
    return (row[0], int(row[1])) if row else (0, 0)
