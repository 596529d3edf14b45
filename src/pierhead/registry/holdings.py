"""What a repository holds, and with it its namespace: the only places where the figures of both rise and fall."""

from collections.abc import Sequence

from pierhead.accounts.model.quotas import NO_QUOTAS, QuotaPolicy
from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.stored import StoredBlob
from pierhead.registry.store import blobs as blob_store
from pierhead.registry.store import namespace_blobs
from pierhead.repositories import quotas, records
from pierhead.repositories.model import Repository


def take_blob(work: UnitOfWork, repository: Repository, stored: StoredBlob, *, hold_seconds: int, policy: QuotaPolicy = NO_QUOTAS) -> None:
    """Let the repository use the blob, and keep it for a while although no manifest refers to it.

    A blob that another repository of the namespace holds already costs the namespace nothing. Raises NamespaceFull.
    """
    if not blob_store.hold_blob(work.connection, repository.id, stored.id, until_ms=work.now_ms + hold_seconds * 1000):
        return
    records.change_size(work, repository, stored.size_bytes)
    if namespace_blobs.add_holder(work.connection, repository.namespace_id, stored.id):
        quotas.grow_usage(work, repository, stored.size_bytes, policy)


def let_go_of_blobs(work: UnitOfWork, namespace_id: int, blob_ids: Sequence[int]) -> None:
    """Lower the namespace's figures after one of its repositories has lost these blobs. Call it once, at the end of the transaction.

    The rows of the blobs must still be there; the repository's own size is its caller's.
    """
    quotas.shrink_usage(work, namespace_id, namespace_blobs.drop_holders(work.connection, namespace_id, blob_ids))
