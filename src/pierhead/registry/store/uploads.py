"""Queries about unfinished uploads. A row is changed only from the offset its writer has seen, so two writers never mix."""

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from pierhead.platform.database import Prepared
from pierhead.registry.model.stored import StoredUpload
from pierhead.registry.tables import upload

_COLUMNS = [upload.c[name] for name in StoredUpload._fields]
_FIND = Prepared(select(*_COLUMNS).where(upload.c.uuid == bindparam("uuid")))
_INSERT = Prepared(
    insert(upload).values({name: bindparam(name) for name in StoredUpload._fields} | {"touched_ms": bindparam("touched_ms")})
)
_ADVANCE = Prepared(
    update(upload)
    .where(upload.c.uuid == bindparam("upload_uuid"), upload.c.received_bytes == bindparam("seen_bytes"))
    .values({name: bindparam(name) for name in ("received_bytes", "store_state", "sha256_state", "sha512_state", "touched_ms")})
)
_DELETE = Prepared(delete(upload).where(upload.c.uuid == bindparam("uuid")))
_EXPIRED = Prepared(
    select(*_COLUMNS).where(upload.c.touched_ms < bindparam("before_ms")).order_by(upload.c.touched_ms).limit(bindparam("maximum"))
)


def find_upload(connection: Connection, uuid: str) -> StoredUpload | None:
    """The upload of this uuid."""
    row = _FIND.first(connection, uuid=uuid)
    return StoredUpload(*row) if row else None


def insert_upload(connection: Connection, new: StoredUpload, *, now_ms: int) -> None:
    """Start an upload."""
    _INSERT.run(connection, touched_ms=now_ms, **new._asdict())


def advance_upload(connection: Connection, changed: StoredUpload, *, seen_bytes: int, now_ms: int) -> bool:
    """Save progress; False when another writer was faster or the upload is gone."""
    return (
        _ADVANCE.run(
            connection,
            upload_uuid=changed.uuid,
            seen_bytes=seen_bytes,
            received_bytes=changed.received_bytes,
            store_state=changed.store_state,
            sha256_state=changed.sha256_state,
            sha512_state=changed.sha512_state,
            touched_ms=now_ms,
        )
        > 0
    )


def delete_upload(connection: Connection, uuid: str) -> bool:
    """Forget the upload; whether it was there."""
    return _DELETE.run(connection, uuid=uuid) > 0


def list_expired_uploads(connection: Connection, *, before_ms: int, maximum: int) -> list[StoredUpload]:
    """Uploads without progress since then, the oldest first."""
    return [StoredUpload(*row) for row in _EXPIRED.all(connection, before_ms=before_ms, maximum=maximum)]
