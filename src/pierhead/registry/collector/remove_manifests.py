"""Second step: manifests that no tag, no list and no subject keeps."""

from collections.abc import Sequence

from pierhead.platform.database import UnitOfWork
from pierhead.registry.collector.budget import Budget
from pierhead.registry.model.collector import CollectorLimits, Reclaimed
from pierhead.registry.store.collector import manifests as store
from pierhead.registry.store.collector.totals import add_totals
from pierhead.repositories import records


def list_due_manifests(work: UnitOfWork, maximum: int) -> list[tuple[int, int]]:
    """(repository, manifest) of those that are not held any more."""
    return store.list_due_manifests(work.connection, now_ms=work.now_ms, maximum=maximum)


def remove_manifests(work: UnitOfWork, repository_id: int, manifest_ids: Sequence[int], limits: CollectorLimits) -> Reclaimed:
    """Remove those that nothing keeps, and settle the others; those beyond the time of one transaction stay due.

    Under the repository's lock, so no push can come to need a manifest between the look and the removal. What a removed one kept is
    looked at in its turn.
    """
    repository = records.find_repository_by_id(work, repository_id)
    if repository is None:
        return Reclaimed()
    budget = Budget(limits.transaction_ms)
    records.lock_repository(work, repository)
    removed = 0
    for manifest_id in manifest_ids:
        candidate = store.find_candidate(work.connection, repository_id, manifest_id, now_ms=work.now_ms)
        if candidate is None:
            continue
        if store.is_needed(work.connection, candidate):
            store.settle_manifest(work.connection, candidate.id)
        else:
            store.remove_manifest(work.connection, candidate, now_ms=work.now_ms, until_ms=work.now_ms + limits.grace_ms)
            removed += 1
        if budget.is_spent:
            break
    reclaimed = Reclaimed(manifests=removed)
    add_totals(work.connection, reclaimed)
    return reclaimed
