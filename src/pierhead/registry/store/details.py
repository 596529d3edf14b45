"""Queries about what pages show of manifests, for some of them at once."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from pierhead.platform.database import Prepared
from pierhead.registry.model.listed_tags import Details
from pierhead.registry.model.names import Digest
from pierhead.registry.tables import manifest, manifest_child


class ManifestRow(NamedTuple):
    """A manifest for its own page. `content_bytes` is None for an index."""

    id: int
    sha256: str
    sha512: str | None
    kind: str
    media_type: str
    content_bytes: int | None
    pulls: int
    last_pulled_ms: int


_DETAILS = select(*(manifest.c[name] for name in Details._fields)).where(manifest.c.id.in_(bindparam("manifest_ids", expanding=True)))
_held = manifest.alias("held")
_PRESENCE = (
    select(manifest_child.c.manifest_id, manifest_child.c.child, _held.c.id)
    .select_from(
        manifest_child.outerjoin(
            _held,
            and_(
                _held.c.repository_id == bindparam("repository_id"),
                or_(_held.c.sha256 == manifest_child.c.child, _held.c.sha512 == manifest_child.c.child),
                _held.c.deleted_ms.is_(None),
            ),
        )
    )
    .where(manifest_child.c.manifest_id.in_(bindparam("manifest_ids", expanding=True)))
    .order_by(manifest_child.c.manifest_id, manifest_child.c.position)
)
_ROW = {
    algorithm: Prepared(
        select(*(manifest.c[name] for name in ManifestRow._fields)).where(
            manifest.c.repository_id == bindparam("repository_id"),
            manifest.c[algorithm] == bindparam("digest"),
            manifest.c.deleted_ms.is_(None),
        )
    )
    for algorithm in ("sha256", "sha512")
}
_CHILDREN = Prepared(select(manifest_child.c.child).where(manifest_child.c.manifest_id == bindparam("manifest_id")))
_REVIVE = Prepared(
    update(manifest)
    .where(
        manifest.c.repository_id == bindparam("in_repository"), manifest.c.sha256 == bindparam("digest"), manifest.c.deleted_ms.is_not(None)
    )
    .values(deleted_ms=None)
)
_FIND_ANY = Prepared(
    select(manifest.c.id, manifest.c.kind, manifest.c.subject).where(
        manifest.c.repository_id == bindparam("repository_id"), manifest.c.sha256 == bindparam("digest")
    )
)
_COUNT_PULLS = update(manifest).where(
    manifest.c.repository_id == bindparam("in_repository"), manifest.c.sha256 == bindparam("digest")
).values(pulls=manifest.c.pulls + bindparam("more"), last_pulled_ms=bindparam("at_ms"))  # fmt: skip


def read_details(connection: Connection, manifest_ids: Iterable[int]) -> dict[int, Details]:
    """The details of each manifest by its row id."""
    rows = connection.execute(_DETAILS, {"manifest_ids": list(manifest_ids)})
    return {row[0]: Details(*row) for row in rows}


def read_presence(connection: Connection, repository_id: int, manifest_ids: Iterable[int]) -> dict[int, dict[str, bool]]:
    """The children of each index by digest, and whether the repository holds them."""
    found: dict[int, dict[str, bool]] = {}
    rows = connection.execute(_PRESENCE, {"repository_id": repository_id, "manifest_ids": list(manifest_ids)})
    for manifest_id, child, held in rows:
        found.setdefault(manifest_id, {})[child] = held is not None
    return found


def find_row(connection: Connection, repository_id: int, digest: Digest) -> ManifestRow | None:
    """The manifest of this digest, unless it was deleted."""
    row = _ROW[digest.algorithm].first(connection, repository_id=repository_id, digest=str(digest))
    return ManifestRow(*row) if row else None


def list_children(connection: Connection, manifest_id: int) -> list[str]:
    """The digests of the children of an index."""
    return [row[0] for row in _CHILDREN.all(connection, manifest_id=manifest_id)]


def revive(connection: Connection, repository_id: int, sha256: str) -> list[str]:
    """Serve a manifest again that was deleted by digest, and whatever it leads to; the subjects of what came back."""
    waiting, seen, subjects = [sha256], set[str](), list[str]()
    while waiting:
        digest = waiting.pop()
        row = None if digest in seen else _FIND_ANY.first(connection, repository_id=repository_id, digest=digest)
        seen.add(digest)
        if row is None:
            continue
        came_back = _REVIVE.run(connection, in_repository=repository_id, digest=digest)
        if came_back and row[2] is not None:
            subjects.append(row[2])
        if row[1] == "index":
            waiting += list_children(connection, row[0])
    return subjects


def count_pulls(connection: Connection, pulls: dict[tuple[int, str], int], at_ms: int) -> None:
    """Add to the pulls of (repository, sha256 digest). Rows are taken in a fixed order, so that two processes cannot deadlock."""
    rows = [
        {"in_repository": repository_id, "digest": digest, "more": number, "at_ms": at_ms}
        for (repository_id, digest), number in sorted(pulls.items())
    ]
    if rows:
        connection.execute(_COUNT_PULLS, rows)
