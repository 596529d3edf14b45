"""Queries about manifests that may have lost their last reference. The caller holds the repository's lock where something is changed."""

from typing import NamedTuple

from sqlalchemy import BigInteger, BindParameter, Connection, String, bindparam, delete, exists, func, or_, select, text, update
from sqlalchemy.sql.elements import ColumnElement

from pierhead.platform.database import Prepared
from pierhead.registry.tables import manifest, manifest_blob, manifest_child, repository_blob, tag

_IS_CANDIDATE = text("manifest.held_until_ms > 0")  # spelled as the index has it
_this: BindParameter[int] = bindparam("manifest_id", type_=BigInteger)
_of_repository: BindParameter[int] = bindparam("repository_id", type_=BigInteger)
_until: BindParameter[int] = bindparam("until_ms", type_=BigInteger)


class Candidate(NamedTuple):
    """A manifest that is not held any more, and that something may still lead to."""

    id: int
    repository_id: int
    sha256: str
    sha512: str | None
    subject: str | None
    deleted_ms: int | None


_COLUMNS = [manifest.c[name] for name in Candidate._fields]
_DUE = Prepared(
    select(manifest.c.repository_id, manifest.c.id)
    .where(_IS_CANDIDATE, manifest.c.held_until_ms <= bindparam("now_ms"))
    .order_by(manifest.c.held_until_ms)
    .limit(bindparam("maximum"))
)
_FIND = Prepared(
    select(*_COLUMNS).where(
        manifest.c.id == _this,
        manifest.c.repository_id == _of_repository,
        _IS_CANDIDATE,
        manifest.c.held_until_ms <= bindparam("now_ms"),
    )
)
_parent = manifest.alias("parent")
_IS_TAGGED = Prepared(select(tag.c.id).where(tag.c.manifest_id == _this).limit(1))
_PARENT = (
    select(_parent.c.id)
    .join(manifest_child, manifest_child.c.manifest_id == _parent.c.id)
    .where(manifest_child.c.child == bindparam("digest", type_=String), _parent.c.repository_id == _of_repository)
    .limit(1)
)
_HAS_PARENT = Prepared(_PARENT)


def _by_digest(column: str) -> Prepared:
    return Prepared(
        select(manifest.c.id).where(manifest.c.repository_id == _of_repository, manifest.c[column] == bindparam("digest", type_=String))
    )


_HAS_SUBJECT = {algorithm: _by_digest(algorithm) for algorithm in ("sha256", "sha512")}
_SETTLE = Prepared(update(manifest).where(manifest.c.id == _this).values(held_until_ms=0))
_CHILDREN = Prepared(select(manifest_child.c.child).where(manifest_child.c.manifest_id == _this))


def _look_again(*which: ColumnElement[bool]) -> Prepared:
    return Prepared(
        update(manifest)
        .where(manifest.c.repository_id == _of_repository, manifest.c.held_until_ms < _until, *which)
        .values(held_until_ms=_until)
    )


_RELEASE_CHILD = {algorithm: _look_again(manifest.c[algorithm] == bindparam("digest", type_=String)) for algorithm in ("sha256", "sha512")}
_RELEASE_REFERRERS = _look_again(manifest.c.subject == bindparam("digest", type_=String))
_RELEASE_BLOBS = Prepared(
    update(repository_blob)
    .where(
        repository_blob.c.repository_id == _of_repository,
        repository_blob.c.blob_id.in_(select(manifest_blob.c.blob_id).where(manifest_blob.c.manifest_id == _this)),
        repository_blob.c.held_until_ms < _until,
    )
    .values(held_until_ms=_until)
)
_REMOVE = Prepared(delete(manifest).where(manifest.c.id == _this))
_other = manifest.alias("other")
_UNTAGGED = ~exists().where(tag.c.manifest_id == manifest.c.id)
_CHILD_OF_NONE = ~exists().where(
    or_(manifest_child.c.child == manifest.c.sha256, manifest_child.c.child == manifest.c.sha512),
    manifest_child.c.manifest_id == _parent.c.id,
    _parent.c.repository_id == manifest.c.repository_id,
)
_WITHOUT_SUBJECT = or_(
    manifest.c.subject.is_(None),
    manifest.c.deleted_ms.is_not(None),
    ~exists().where(
        _other.c.repository_id == manifest.c.repository_id,
        or_(_other.c.sha256 == manifest.c.subject, _other.c.sha512 == manifest.c.subject),
    ),
)
_range = (
    select(manifest.c.id).where(manifest.c.id > bindparam("after", type_=BigInteger)).order_by(manifest.c.id).limit(bindparam("maximum"))
)
_LAST_OF_RANGE = Prepared(select(func.max(_range.subquery().c.id)))
_FORGOTTEN = Prepared(
    select(manifest.c.id).where(
        manifest.c.id > bindparam("after", type_=BigInteger),
        manifest.c.id <= bindparam("last", type_=BigInteger),
        manifest.c.held_until_ms == 0,
        _UNTAGGED,
        _CHILD_OF_NONE,
        _WITHOUT_SUBJECT,
    )
)


def list_due_manifests(connection: Connection, *, now_ms: int, maximum: int) -> list[tuple[int, int]]:
    """(repository, manifest) of those that are not held any more, the longest due first."""
    return [(row[0], row[1]) for row in _DUE.all(connection, now_ms=now_ms, maximum=maximum)]


def find_candidate(connection: Connection, repository_id: int, manifest_id: int, *, now_ms: int) -> Candidate | None:
    """The manifest, when it is still not held."""
    row = _FIND.first(connection, repository_id=repository_id, manifest_id=manifest_id, now_ms=now_ms)
    return Candidate(*row) if row else None


def is_needed(connection: Connection, candidate: Candidate) -> bool:
    """Whether an interval of a tag, a list or the candidate's subject keeps it (tags-and-gc 7).

    Digests make no circles, so what keeps it is itself kept, or will be looked at and then lets go of it.
    """
    if _IS_TAGGED.first(connection, manifest_id=candidate.id):
        return True
    for digest in (candidate.sha256, candidate.sha512):
        if digest and _HAS_PARENT.first(connection, repository_id=candidate.repository_id, digest=digest):
            return True
    # A referrer that was deleted by digest does not come back with its subject.
    return candidate.subject is not None and candidate.deleted_ms is None and _holds(connection, candidate.repository_id, candidate.subject)


def settle_manifest(connection: Connection, manifest_id: int) -> None:
    """Look at it no more until somebody lets go of it."""
    _SETTLE.run(connection, manifest_id=manifest_id)


def remove_manifest(connection: Connection, candidate: Candidate, *, now_ms: int, until_ms: int) -> None:
    """Remove it with its content and edges. What it kept is looked at: referrers now, children and blobs at `until_ms`."""
    place = {"repository_id": candidate.repository_id}
    for (child,) in _CHILDREN.all(connection, manifest_id=candidate.id):
        release = _RELEASE_CHILD.get(child.partition(":")[0])
        if release is not None:
            release.run(connection, digest=child, until_ms=until_ms, **place)
    for digest in (candidate.sha256, candidate.sha512):
        if digest:
            _RELEASE_REFERRERS.run(connection, digest=digest, until_ms=now_ms, **place)
    _RELEASE_BLOBS.run(connection, manifest_id=candidate.id, until_ms=until_ms, **place)
    _REMOVE.run(connection, manifest_id=candidate.id)


def find_last_of_range(connection: Connection, after: int, maximum: int) -> int | None:
    """The last of the next so many manifests beyond the row `after`."""
    row = _LAST_OF_RANGE.first(connection, after=after, maximum=maximum)
    return row[0] if row else None


def list_forgotten_manifests(connection: Connection, after: int, last: int) -> list[int]:
    """Manifests of a range that nothing keeps and that nobody looks at: there should be none."""
    return [row[0] for row in _FORGOTTEN.all(connection, after=after, last=last)]


def _holds(connection: Connection, repository_id: int, digest: str) -> bool:
    statement = _HAS_SUBJECT.get(digest.partition(":")[0])
    return statement is not None and statement.first(connection, repository_id=repository_id, digest=digest) is not None
