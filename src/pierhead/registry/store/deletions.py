"""Queries that remove what a deleted repository held, some rows at a time. Bytes and rows of blobs are the collector's."""

from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, select

from pierhead.platform.database import Prepared
from pierhead.registry.model.stored import StoredUpload
from pierhead.registry.store.collector.blobs import mark_unused
from pierhead.registry.tables import manifest, repository_blob, tag, tag_listing, upload

_of_repository: BindParameter[int] = bindparam("repository_id")
_some: BindParameter[int] = bindparam("maximum")
_UPLOADS = Prepared(select(*(upload.c[name] for name in StoredUpload._fields)).where(upload.c.repository_id == _of_repository).limit(_some))


def _remove_some(table: Any, key: Any) -> Prepared:
    chosen = select(key).where(table.c.repository_id == _of_repository).limit(_some)
    return Prepared(delete(table).where(table.c.repository_id == _of_repository, key.in_(chosen)))


# Tags refer to manifests, so they go first; edges go with their manifest.
_IN_ORDER = tuple(
    _remove_some(*each)
    for each in (
        (tag_listing, tag_listing.c.name),
        (tag, tag.c.id),
        (manifest, manifest.c.id),
    )
)
_some_blobs = select(repository_blob.c.blob_id).where(repository_blob.c.repository_id == _of_repository).limit(_some)
_UNLINK = Prepared(
    delete(repository_blob)
    .where(repository_blob.c.repository_id == _of_repository, repository_blob.c.blob_id.in_(_some_blobs))
    .returning(repository_blob.c.blob_id)
)


def list_uploads(connection: Connection, repository_id: int, maximum: int) -> list[StoredUpload]:
    """Unfinished uploads to the repository."""
    return [StoredUpload(*row) for row in _UPLOADS.all(connection, repository_id=repository_id, maximum=maximum)]


def remove_some(connection: Connection, repository_id: int, maximum: int, *, now_ms: int) -> tuple[bool, list[int]]:
    """Remove so many rows of one kind; whether there were any, and the blobs that the repository let go of. The collector looks at those."""
    if any(statement.run(connection, repository_id=repository_id, maximum=maximum) for statement in _IN_ORDER):
        return True, []
    unlinked = sorted(row[0] for row in _UNLINK.all(connection, repository_id=repository_id, maximum=maximum))
    for blob_id in unlinked:
        mark_unused(connection, blob_id, now_ms=now_ms)
    return bool(unlinked), unlinked
