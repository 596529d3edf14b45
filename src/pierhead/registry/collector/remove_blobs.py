"""Third and fourth step: blobs that a repository has no use for, and blobs that no repository holds."""

from collections.abc import Sequence

from pierhead.platform.database import UnitOfWork
from pierhead.registry.collector.budget import Budget
from pierhead.registry.holdings import let_go_of_blobs
from pierhead.registry.model.collector import CollectorLimits, Reclaimed
from pierhead.registry.store.collector import blobs as store
from pierhead.registry.store.collector.blobs import HeldBlob
from pierhead.registry.store.collector.totals import add_totals
from pierhead.repositories import records


def list_due_holdings(work: UnitOfWork, maximum: int) -> list[tuple[HeldBlob, bool]]:
    """Blobs of repositories that are not held any more, and whether a manifest of the repository refers to them."""
    due = store.list_due_holdings(work.connection, now_ms=work.now_ms, maximum=maximum)
    return [(held, store.is_used(work.connection, held.repository_id, held.blob_id)) for held in due]


def settle_holdings(work: UnitOfWork, used: Sequence[HeldBlob]) -> None:
    """Look no more at blobs that were found in use; one that was let go of meanwhile stays due."""
    for held in used:
        store.settle_holding(work.connection, held)


def unlink_holdings(work: UnitOfWork, repository_id: int, unused: Sequence[HeldBlob], limits: CollectorLimits) -> int:
    """Take from the repository the blobs that no manifest of it refers to; how many those are.

    Under the repository's lock, so no manifest can come to need one between the look and the removal; an upload or a mount that held
    one meanwhile keeps it. The repository's size and the quota's figures fall in the same transaction.
    """
    repository = records.find_repository_by_id(work, repository_id)
    if repository is None:
        return 0
    budget = Budget(limits.transaction_ms)
    store.lock_blobs(work.connection, [held.blob_id for held in unused])
    records.lock_repository(work, repository)
    unlinked: list[int] = []
    for held in unused:
        if store.is_used(work.connection, repository_id, held.blob_id):
            store.settle_holding(work.connection, held)
        elif store.unlink_holding(work.connection, held):
            store.mark_unused(work.connection, held.blob_id, now_ms=work.now_ms)
            records.change_size(work, repository, -held.size_bytes)
            unlinked.append(held.blob_id)
        if budget.is_spent:
            break
    let_go_of_blobs(work, repository.namespace_id, unlinked)
    return len(unlinked)


def list_unused_blobs(work: UnitOfWork, maximum: int) -> list[int]:
    """Blobs that a repository has let go of."""
    return store.list_unused(work.connection, now_ms=work.now_ms, maximum=maximum)


def remove_blobs(work: UnitOfWork, blob_ids: Sequence[int], limits: CollectorLimits) -> Reclaimed:
    """Remove the rows of blobs that no repository holds, under their locks; their bytes follow after the grace.

    An upload or a mount of the same content either comes first, and the blob stays, or finds no row and stores its own copy.
    """
    budget = Budget(limits.transaction_ms)
    removed = 0
    for blob_id in blob_ids:
        unused = store.lock_unused(work.connection, blob_id)
        if unused is None:
            continue
        if store.is_held(work.connection, blob_id):
            store.keep_blob(work.connection, blob_id)
        else:
            store.remove_blob(work.connection, unused, due_ms=work.now_ms + limits.grace_ms)
            removed += 1
        if budget.is_spent:
            break
    reclaimed = Reclaimed(blobs=removed)
    add_totals(work.connection, reclaimed)
    return reclaimed
