"""First step: intervals of tags that the time machine has let go."""

from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.collector import CollectorLimits, Reclaimed
from pierhead.registry.store.collector import ended_tags as store
from pierhead.registry.store.collector.totals import add_totals
from pierhead.repositories import records

_DISABLED_MS = 24 * 3600 * 1000  # how often a disabled namespace is asked whether it is enabled again


def list_due_repositories(work: UnitOfWork, maximum: int) -> list[int]:
    """Repositories in which intervals may have left the time machine."""
    return store.list_due_repositories(work.connection, now_ms=work.now_ms, maximum=maximum)


def remove_ended_tags(work: UnitOfWork, repository_id: int, limits: CollectorLimits) -> Reclaimed:
    """Remove a batch of intervals, let go of their manifests, and note when to look again.

    The content of a disabled namespace stays until it is enabled again or deleted.
    """
    connection = work.connection
    repository = records.find_repository_by_id(work, repository_id)
    window = store.find_window(connection, repository_id)
    if repository is None or window is None:
        return Reclaimed()
    records.lock_repository(work, repository)
    is_enabled, window_ms = window
    if not is_enabled:
        store.postpone(connection, repository_id, work.now_ms + _DISABLED_MS)
        return Reclaimed()
    manifests = store.remove_ended_tags(connection, repository_id, ended_by_ms=work.now_ms - window_ms, maximum=limits.batch)
    for manifest_id in set(manifests):
        store.let_go_of_manifest(connection, manifest_id, until_ms=work.now_ms + limits.grace_ms)
    next_end = store.find_next_end(connection, repository_id)
    if next_end is None:
        store.forget_repository(connection, repository_id)
    else:
        store.postpone(connection, repository_id, next_end + window_ms)
    removed = Reclaimed(tags=len(manifests))
    add_totals(connection, removed)
    return removed
