"""Queries that count anew what namespaces and repositories hold, for comparing with the running figures."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Connection, Select, bindparam, delete, func, insert, literal, select

from pierhead.platform.database import Prepared
from pierhead.registry.tables import blob, manifest, manifest_blob, manifest_child, namespace_blob, repository_blob, tag
from pierhead.repositories.tables import namespace_usage, repository

_SOME = 500  # ids that one question names
_namespace = bindparam("namespace_id", type_=BigInteger)
_repository = bindparam("repository_id", type_=BigInteger)
_NAMESPACES = Prepared(
    select(namespace_usage.c.namespace_id)
    .where(namespace_usage.c.namespace_id > bindparam("after", type_=BigInteger))
    .order_by(namespace_usage.c.namespace_id)
    .limit(bindparam("maximum", type_=BigInteger))
)
_counted = (
    select(repository.c.namespace_id, repository_blob.c.blob_id, func.count().label("holders"))
    .join(repository, repository.c.id == repository_blob.c.repository_id)
    .where(repository.c.namespace_id == _namespace)
    .group_by(repository.c.namespace_id, repository_blob.c.blob_id)
)
_some_counted = _counted.subquery()
# One statement, so that both are of the same moment.
_COMPARE = Prepared(
    select(
        select(func.coalesce(func.sum(blob.c.size_bytes), 0))
        .select_from(_some_counted)
        .join(blob, blob.c.id == _some_counted.c.blob_id)
        .scalar_subquery(),
        select(func.count())
        .select_from(_some_counted)
        .join(
            namespace_blob,
            (namespace_blob.c.namespace_id == _some_counted.c.namespace_id)
            & (namespace_blob.c.blob_id == _some_counted.c.blob_id)
            & (namespace_blob.c.holders == _some_counted.c.holders),
        )
        .scalar_subquery(),
        select(func.count()).select_from(_some_counted).scalar_subquery(),
        select(func.count()).select_from(namespace_blob).where(namespace_blob.c.namespace_id == _namespace).scalar_subquery(),
        select(namespace_usage.c.unique_bytes).where(namespace_usage.c.namespace_id == _namespace).scalar_subquery(),
    )
)
_FORGET = Prepared(delete(namespace_blob).where(namespace_blob.c.namespace_id == _namespace))
_REMEMBER = Prepared(insert(namespace_blob).from_select(["namespace_id", "blob_id", "holders"], _counted))
_REPOSITORIES = Prepared(
    select(repository.c.id)
    .where(repository.c.namespace_id == _namespace, repository.c.id > bindparam("after", type_=BigInteger))
    .order_by(repository.c.id)
    .limit(bindparam("maximum", type_=BigInteger))
)
_HELD = Prepared(
    select(blob.c.id, blob.c.size_bytes)
    .join(repository_blob, repository_blob.c.blob_id == blob.c.id)
    .where(repository_blob.c.repository_id == _repository)
)
_TAGGED = Prepared(
    select(tag.c.manifest_id)
    .where(tag.c.repository_id == _repository, tag.c.end_ms.is_(None) | (tag.c.end_ms > bindparam("now_ms", type_=BigInteger)))
    .distinct()
)
_ids: BindParameter[int] = bindparam("ids", expanding=True)
_subject = manifest.alias()


def _children(digest: str) -> Select[Any]:
    return (
        select(manifest.c.id)
        .join(manifest_child, manifest_child.c.child == manifest.c[digest])
        .where(manifest.c.repository_id == _repository, manifest_child.c.manifest_id.in_(_ids))
    )


def _referrers(digest: str) -> Select[Any]:
    return (
        select(manifest.c.id)
        .join(_subject, (_subject.c.repository_id == manifest.c.repository_id) & (_subject.c[digest] == manifest.c.subject))
        .where(manifest.c.repository_id == _repository, manifest.c.deleted_ms.is_(None), _subject.c.id.in_(_ids))
    )


# Manifests name others by either digest.
_ONWARD = tuple(make(digest) for make in (_children, _referrers) for digest in ("sha256", "sha512"))
_BLOBS = select(manifest_blob.c.blob_id).where(manifest_blob.c.manifest_id.in_(_ids)).distinct()
_TOTAL = select(func.coalesce(func.sum(blob.c.size_bytes), literal(0)))


def list_namespaces(connection: Connection, *, after: int, maximum: int) -> list[int]:
    """Namespaces that ever held something, beyond the row `after`."""
    return [row[0] for row in _NAMESPACES.all(connection, after=after, maximum=maximum)]


def compare(connection: Connection, namespace_id: int) -> tuple[int, bool]:
    """What the namespace holds, counted, each blob once; and whether the running figures say the same."""
    row = _COMPARE.first(connection, namespace_id=namespace_id)
    if row is None:
        return 0, False
    size, alike, counted, known, running = int(row[0]), row[1], row[2], row[3], row[4] or 0
    return size, alike == counted == known and size == running


def count_holders_anew(connection: Connection, namespace_id: int) -> None:
    """Replace the counters of the namespace's blobs."""
    _FORGET.run(connection, namespace_id=namespace_id)
    _REMEMBER.run(connection, namespace_id=namespace_id)


def list_repositories(connection: Connection, namespace_id: int, *, after: int, maximum: int) -> list[int]:
    """Repositories of the namespace beyond the row `after`, deleted ones too."""
    return [row[0] for row in _REPOSITORIES.all(connection, namespace_id=namespace_id, after=after, maximum=maximum)]


def list_held(connection: Connection, repository_id: int) -> dict[int, int]:
    """Every blob of the repository, and its size."""
    return {row[0]: row[1] for row in _HELD.all(connection, repository_id=repository_id)}


def list_reached(connection: Connection, repository_id: int, *, now_ms: int) -> set[int]:
    """Every blob that a living tag leads to: by its manifest, by children of that, or by what refers to any of them."""
    frontier = {row[0] for row in _TAGGED.all(connection, repository_id=repository_id, now_ms=now_ms)}
    manifests: set[int] = set()
    while frontier:
        manifests |= frontier
        asked = (_ask(connection, statement, frontier, repository_id=repository_id) for statement in _ONWARD)
        frontier = set().union(*asked) - manifests
    return _ask(connection, _BLOBS, manifests)


def sum_blobs(connection: Connection) -> int:
    """The size of all blobs, each once."""
    return int(connection.execute(_TOTAL).scalar_one())


def _ask(connection: Connection, statement: Any, ids: Iterable[int], **parameters: int) -> set[int]:
    found: set[int] = set()
    for some in _batches(sorted(ids)):
        found.update(row[0] for row in connection.execute(statement, {"ids": some, **parameters}))
    return found


def _batches(ids: Sequence[int]) -> list[list[int]]:
    return [list(ids[start : start + _SOME]) for start in range(0, len(ids), _SOME)]
