"""Queries about which namespaces hold a blob, and by how many of their repositories."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Connection, bindparam, delete, select, update

from pierhead.platform.database import Prepared, upsert
from pierhead.registry.tables import blob, namespace_blob

_ADDING = upsert(namespace_blob).values(
    namespace_id=bindparam("namespace_id", type_=BigInteger), blob_id=bindparam("blob_id", type_=BigInteger), holders=1
)
_ADD = Prepared(
    _ADDING.on_conflict_do_update(index_elements=["namespace_id", "blob_id"], set_={"holders": namespace_blob.c.holders + 1}).returning(
        namespace_blob.c.holders
    )
)
_this = (
    namespace_blob.c.namespace_id == bindparam("in_namespace", type_=BigInteger),
    namespace_blob.c.blob_id == bindparam("of_blob", type_=BigInteger),
)
_DROP = Prepared(update(namespace_blob).where(*_this).values(holders=namespace_blob.c.holders - 1).returning(namespace_blob.c.holders))
_REMOVE = Prepared(delete(namespace_blob).where(*_this))
_SIZE = Prepared(select(blob.c.size_bytes).where(blob.c.id == bindparam("of_blob", type_=BigInteger)))


def add_holder(connection: Connection, namespace_id: int, blob_id: int) -> bool:
    """One repository more of the namespace holds the blob; whether it is the first."""
    row = _ADD.first(connection, namespace_id=namespace_id, blob_id=blob_id)
    return row is not None and row[0] == 1


def drop_holders(connection: Connection, namespace_id: int, blob_ids: Sequence[int]) -> int:
    """One repository less of the namespace holds each blob; the size of those that none holds any more."""
    freed = 0
    for blob_id in sorted(blob_ids):
        row = _DROP.first(connection, in_namespace=namespace_id, of_blob=blob_id)
        if row is not None and row[0] <= 0:
            _REMOVE.run(connection, in_namespace=namespace_id, of_blob=blob_id)
            size = _SIZE.first(connection, of_blob=blob_id)
            freed += size[0] if size else 0
    return freed
