"""Queries that remove what a deleted repository held, some rows at a time. Bytes and rows of blobs are the collector's."""

from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, select

from pierhead.platform.database import Prepared
from pierhead.registry.model.stored import StoredUpload
from pierhead.registry.tables import manifest, repository_blob, tag, upload

_of_repository: BindParameter[int] = bindparam("repository_id")
_some: BindParameter[int] = bindparam("maximum")
_UPLOADS = Prepared(select(*(upload.c[name] for name in StoredUpload._fields)).where(upload.c.repository_id == _of_repository).limit(_some))


def _remove_some(table: Any, key: Any) -> Prepared:
    chosen = select(key).where(table.c.repository_id == _of_repository).limit(_some)
    return Prepared(delete(table).where(table.c.repository_id == _of_repository, key.in_(chosen)))


# Tags refer to manifests, so they go first; edges go with their manifest.
_IN_ORDER = tuple(
    _remove_some(*each) for each in ((tag, tag.c.id), (manifest, manifest.c.id), (repository_blob, repository_blob.c.blob_id))
)


def list_uploads(connection: Connection, repository_id: int, maximum: int) -> list[StoredUpload]:
    """Unfinished uploads to the repository."""
    return [StoredUpload(*row) for row in _UPLOADS.all(connection, repository_id=repository_id, maximum=maximum)]


def remove_some(connection: Connection, repository_id: int, maximum: int) -> bool:
    """Remove so many rows of one kind; whether there were any."""
    return any(statement.run(connection, repository_id=repository_id, maximum=maximum) for statement in _IN_ORDER)
