"""Count anew what namespaces hold: sets the running figures right, should they ever be wrong, and finds what no tag leads to."""

from dataclasses import dataclass

from pierhead.platform.database import UnitOfWork
from pierhead.registry.store import recount as store
from pierhead.repositories import quotas

_SOME = 200


@dataclass(frozen=True, slots=True)
class RepositoryCount:
    """What a repository holds, and what of it no living tag leads to, in bytes."""

    repository_id: int
    size_bytes: int
    reclaimable_bytes: int


@dataclass(frozen=True, slots=True)
class NamespaceCount:
    """What was counted; `agrees` tells whether the running figures said the same at that moment."""

    namespace_id: int
    unique_bytes: int
    reclaimable_bytes: int
    agrees: bool
    repositories: tuple[RepositoryCount, ...]


def list_counted_namespaces(work: UnitOfWork, after: int) -> list[int]:
    """Row ids of some namespaces that ever held something, beyond `after`."""
    return store.list_namespaces(work.connection, after=after, maximum=_SOME)


def count_namespace(work: UnitOfWork, namespace_id: int) -> NamespaceCount:
    """Nothing is locked while it counts; pushes go on."""
    unique_bytes, agrees = store.compare(work.connection, namespace_id)
    sizes: dict[int, int] = {}
    reached: set[int] = set()
    counts: list[RepositoryCount] = []
    after = 0
    while some := store.list_repositories(work.connection, namespace_id, after=after, maximum=_SOME):
        for repository_id in some:
            held = store.list_held(work.connection, repository_id)
            alive = store.list_reached(work.connection, repository_id, now_ms=work.now_ms)
            reclaimable = sum(size for blob_id, size in held.items() if blob_id not in alive)
            counts.append(RepositoryCount(repository_id, sum(held.values()), reclaimable))
            sizes |= held
            reached |= alive
        after = some[-1]
    reclaimable_bytes = sum(size for blob_id, size in sizes.items() if blob_id not in reached)
    return NamespaceCount(namespace_id, unique_bytes, reclaimable_bytes, agrees, tuple(counts))


def record_count(work: UnitOfWork, count: NamespaceCount) -> bool:
    """Keep what can only be counted, and set the running figures right where they were wrong; whether they were.

    Wrong ones are counted once more under the namespace's lock, because pushes went on meanwhile.
    """
    for each in count.repositories:
        quotas.set_reclaimable(work, each.repository_id, each.reclaimable_bytes)
    quotas.set_counted(work, count.namespace_id, count.reclaimable_bytes)
    if count.agrees:
        return False
    quotas.lock_usage(work, count.namespace_id)
    unique_bytes, agrees = store.compare(work.connection, count.namespace_id)
    if agrees:
        return False
    store.count_holders_anew(work.connection, count.namespace_id)
    quotas.set_unique(work, count.namespace_id, unique_bytes)
    return True


def sum_blobs(work: UnitOfWork) -> int:
    """The size of all blobs of the registry, each once."""
    return store.sum_blobs(work.connection)
