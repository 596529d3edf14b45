"""Queries about blobs and about which repository may use them."""

from sqlalchemy import BindParameter, Connection, String, bindparam, case, delete, exists, select, update

from pierhead.platform.database import Prepared, upsert
from pierhead.registry.model.names import Digest
from pierhead.registry.model.stored import StoredBlob
from pierhead.registry.tables import blob, manifest, manifest_blob, repository_blob, tag

_WAYS = 16  # digests that one look-up asks for


def _by_digest(column: str) -> Prepared:
    return Prepared(select(blob.c.id, blob.c.sha256, blob.c.size_bytes, blob.c.storage_key).where(blob.c[column] == bindparam("digest")))


def _in_repository(column: str) -> Prepared:
    return Prepared(
        select(blob.c.id, blob.c.sha256, blob.c.size_bytes, blob.c.storage_key, repository_blob.c.held_until_ms)
        .join(repository_blob, repository_blob.c.blob_id == blob.c.id)
        .where(blob.c[column] == bindparam("digest"), repository_blob.c.repository_id == bindparam("repository_id"))
    )


def _many_in_repository(column: str) -> Prepared:
    digests: list[BindParameter[str]] = [bindparam(f"digest_{number}", type_=String) for number in range(_WAYS)]
    return Prepared(
        select(blob.c[column], blob.c.id)
        .join(repository_blob, repository_blob.c.blob_id == blob.c.id)
        .where(blob.c[column].in_(digests), repository_blob.c.repository_id == bindparam("repository_id"))
    )


_FIND = {column: _by_digest(column) for column in ("sha256", "sha512")}
_FIND_IN_REPOSITORY = {column: _in_repository(column) for column in ("sha256", "sha512")}
_FIND_MANY = {column: _many_in_repository(column) for column in ("sha256", "sha512")}
_INSERT = Prepared(
    upsert(blob)
    .values(
        sha256=bindparam("sha256"),
        sha512=bindparam("sha512"),
        size_bytes=bindparam("size_bytes"),
        storage_key=bindparam("storage_key"),
        created_ms=bindparam("created_ms"),
    )
    # Writing the row again takes its lock, so that it cannot be collected before this transaction refers to it.
    .on_conflict_do_update(index_elements=["sha256"], set_={"sha256": bindparam("sha256")})
    .returning(blob.c.id, blob.c.sha256, blob.c.size_bytes, blob.c.storage_key)
)
_SET_SHA512 = Prepared(update(blob).where(blob.c.id == bindparam("blob_id")).values(sha512=bindparam("sha512_value")))
_HOLD = Prepared(
    upsert(repository_blob)
    .values(repository_id=bindparam("repository_id"), blob_id=bindparam("blob_id"), held_until_ms=bindparam("held_until_ms"))
    .on_conflict_do_nothing(index_elements=["repository_id", "blob_id"])
)
_HOLD_LONGER = Prepared(
    update(repository_blob)
    .where(repository_blob.c.repository_id == bindparam("in_repository"), repository_blob.c.blob_id == bindparam("of_blob"))
    .values(
        held_until_ms=case(
            (repository_blob.c.held_until_ms > bindparam("until_ms"), repository_blob.c.held_until_ms), else_=bindparam("until_ms")
        )
    )
)
_LOCK = Prepared(select(blob.c.id).where(blob.c.id == bindparam("blob_id")).with_for_update(key_share=True))
_UNLINK = Prepared(
    delete(repository_blob).where(
        repository_blob.c.repository_id == bindparam("repository_id"), repository_blob.c.blob_id == bindparam("blob_id")
    )
)
_USERS_OF_BLOB = Prepared(
    select(manifest.c.sha256)
    .join(manifest_blob, manifest_blob.c.manifest_id == manifest.c.id)
    .where(
        manifest_blob.c.blob_id == bindparam("blob_id"),
        manifest_blob.c.repository_id == bindparam("repository_id"),
        manifest.c.deleted_ms.is_(None),
        # What only the time machine still holds does not stop an owner who asks for the deletion of a blob.
        exists().where(tag.c.manifest_id == manifest.c.id, (tag.c.end_ms.is_(None)) | (tag.c.end_ms > bindparam("now_ms")))
        | ~exists().where(tag.c.manifest_id == manifest.c.id),
    )
    .limit(10)
)
_REPOSITORIES_HOLDING = Prepared(
    select(repository_blob.c.repository_id).where(repository_blob.c.blob_id == bindparam("blob_id")).limit(bindparam("maximum"))
)


def find_blob(connection: Connection, digest: Digest) -> StoredBlob | None:
    """The blob of this content, wherever it is used."""
    row = _FIND[digest.algorithm].first(connection, digest=str(digest))
    return StoredBlob(*row) if row else None


def find_blob_in_repository(connection: Connection, repository_id: int, digest: Digest) -> StoredBlob | None:
    """The blob, when this repository holds it."""
    row = _FIND_IN_REPOSITORY[digest.algorithm].first(connection, repository_id=repository_id, digest=str(digest))
    return StoredBlob(*row) if row else None


def find_blob_ids(connection: Connection, repository_id: int, digests: tuple[str, ...]) -> dict[str, int]:
    """Row ids of those digests that the repository holds; the missing ones are left out."""
    found: dict[str, int] = {}
    for algorithm, statement in _FIND_MANY.items():
        wanted = [digest for digest in digests if digest.startswith(algorithm)]
        for start in range(0, len(wanted), _WAYS):
            some = wanted[start : start + _WAYS]
            # One statement serves every number of digests: the free places repeat the last one.
            parameters = {f"digest_{number}": some[min(number, len(some) - 1)] for number in range(_WAYS)}
            found.update(statement.all(connection, repository_id=repository_id, **parameters))
    return found


def insert_blob(connection: Connection, *, sha256: str, sha512: str | None, size_bytes: int, storage_key: str, now_ms: int) -> StoredBlob:
    """Add the blob, or lock and return the row that already has this content (its `storage_key` then differs)."""
    row = _INSERT.first(connection, sha256=sha256, sha512=sha512, size_bytes=size_bytes, storage_key=storage_key, created_ms=now_ms)
    if row is None:
        raise AssertionError("an upsert returns its row")
    stored = StoredBlob(*row)
    if sha512 is not None and stored.storage_key != storage_key:
        _SET_SHA512.run(connection, blob_id=stored.id, sha512_value=sha512)
    return stored


def hold_blob(connection: Connection, repository_id: int, blob_id: int, *, until_ms: int) -> bool:
    """Let the repository use the blob, and keep it at least until then; whether that is new to the repository."""
    while True:
        if _HOLD.run(connection, repository_id=repository_id, blob_id=blob_id, held_until_ms=until_ms):
            return True
        # The collector may have taken the row away between the two statements; then it is there for the next insertion to make.
        if _HOLD_LONGER.run(connection, in_repository=repository_id, of_blob=blob_id, until_ms=until_ms):
            return False


def hold_blob_longer(connection: Connection, repository_id: int, blob_id: int, *, until_ms: int) -> bool:
    """Keep a blob that the repository holds at least until then; whether it holds it."""
    return _HOLD_LONGER.run(connection, in_repository=repository_id, of_blob=blob_id, until_ms=until_ms) > 0


def lock_blob(connection: Connection, blob_id: int) -> bool:
    """Keep the blob from being collected until this transaction ends. False when it has been. SQLite has one writer anyway."""
    return connection.dialect.name == "sqlite" or _LOCK.first(connection, blob_id=blob_id) is not None


def unlink_blob(connection: Connection, repository_id: int, blob_id: int) -> bool:
    """Take the blob from the repository; the bytes stay for the collector. Whether it was there."""
    return _UNLINK.run(connection, repository_id=repository_id, blob_id=blob_id) > 0


def list_manifests_using(connection: Connection, repository_id: int, blob_id: int, *, now_ms: int) -> list[str]:
    """Some digests of living manifests of the repository that refer to the blob."""
    return [row[0] for row in _USERS_OF_BLOB.all(connection, repository_id=repository_id, blob_id=blob_id, now_ms=now_ms)]


def list_repositories_holding(connection: Connection, blob_id: int, *, maximum: int) -> list[int]:
    """Row ids of some repositories that hold the blob."""
    return [row[0] for row in _REPOSITORIES_HOLDING.all(connection, blob_id=blob_id, maximum=maximum)]
