"""Remove what deleted repositories held, in small transactions beside everything else that happens."""

from pierhead.audit.popularity import forget_pulls
from pierhead.platform.database import UnitOfWork
from pierhead.registry.holdings import let_go_of_blobs
from pierhead.registry.model.stored import StoredUpload
from pierhead.registry.store import deletions
from pierhead.repositories import records


def list_uploads_of_deleted(work: UnitOfWork, repository_id: int, maximum: int) -> list[StoredUpload]:
    """Uploads whose bytes have to go before the rows do."""
    return deletions.list_uploads(work.connection, repository_id, maximum)


def remove_some_content(work: UnitOfWork, repository_id: int, maximum: int) -> bool:
    """Remove a batch of rows of a deleted repository; False when nothing was left, and then the repository's row is gone too."""
    removed, blob_ids = deletions.remove_some(work.connection, repository_id, maximum, now_ms=work.now_ms)
    repository = records.find_repository_by_id(work, repository_id) if blob_ids else None
    if repository is not None:
        let_go_of_blobs(work, repository.namespace_id, blob_ids)
    if removed:
        return True
    forget_pulls(work, repository_id)
    records.forget_deleted(work, repository_id)
    return False
