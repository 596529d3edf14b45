"""Let old tags go as policies say; the time machine still protects them (tags-and-gc 6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from pierhead.audit import record as audit
from pierhead.audit.model import SYSTEM, LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.registry.bulk_tags import choose, count_freed
from pierhead.registry.model.listed_tags import ListedTag
from pierhead.registry.model.names import TagName
from pierhead.registry.model.patterns import PatternTooSlow
from pierhead.registry.model.policies import Candidate, PrunePolicy, select_pruned
from pierhead.registry.model.selection import EVERYTHING
from pierhead.registry.model.tags import EndReason, is_signature_tag
from pierhead.registry.move_tag import end_tag
from pierhead.registry.store import listing
from pierhead.registry.store import policies as store
from pierhead.registry.store import tags as tag_store
from pierhead.repositories import records
from pierhead.repositories.model import Repository, RepositoryKind, RepositoryState

_PERFORMER = "autoprune worker"


@dataclass(frozen=True, slots=True)
class PrunePreview:
    """What would go from one repository, and how many bytes no tag would name any more."""

    repository: str
    tags: Sequence[ListedTag]
    freed_bytes: int


def preview(work: UnitOfWork, repository: Repository, policies: Sequence[PrunePolicy]) -> PrunePreview:
    """What these policies would let go, for a caller whose right was checked. Raises PatternTooSlow."""
    going = _select(work, repository, policies)
    return PrunePreview(repository.name, going, count_freed(work, repository, going))


def list_applying(work: UnitOfWork, repository: Repository, default: PrunePolicy | None) -> list[PrunePolicy]:
    """The policies that hold in a repository: of the whole registry, of its namespace, its own."""
    found = store.list_applying_prune(work.connection, namespace_id=repository.namespace_id, repository_id=repository.id)
    return [*([default] if default is not None else []), *found]


def list_prunable(work: UnitOfWork, *, everywhere: bool, after: int, maximum: int) -> list[int]:
    """Row ids of repositories that a policy is about, beyond `after`."""
    return store.list_prunable(work.connection, everywhere=everywhere, after=after, maximum=maximum)


def list_repositories_of(work: UnitOfWork, namespace_id: int, *, after: int, maximum: int) -> list[Repository]:
    """Repositories of a namespace, beyond the row `after`."""
    ids = store.list_repositories_of(work.connection, namespace_id, after=after, maximum=maximum)
    return [found for found in (records.find_repository_by_id(work, each) for each in ids) if found is not None]


def find_pruned(work: UnitOfWork, repository_id: int, default: PrunePolicy | None) -> list[tuple[str, int]]:
    """(name, beginning) of the tags that have to go from a repository now; none where its state takes no changes or a pattern is too slow."""
    repository = _find_changeable(work, repository_id)
    if repository is None:
        return []
    try:
        return [(tag.name, tag.start_ms) for tag in _select(work, repository, list_applying(work, repository, default))]
    except PatternTooSlow:
        return []


def prune_some(work: UnitOfWork, repository_id: int, tags: Sequence[tuple[str, int]]) -> int:
    """End these tags; how many. Looked at again under the lock: one that was pushed or made immutable meanwhile stays."""
    repository = _find_changeable(work, repository_id)
    if repository is None:
        return 0
    records.lock_repository(work, repository)
    ended = 0
    for name, start_ms in tags:
        newest = tag_store.find_newest(work.connection, repository.id, TagName(name))
        if newest is None or newest.start_ms != start_ms or not newest.is_alive(work.now_ms) or newest.immutable:
            continue
        ended += 1
        end_tag(work, repository, TagName(name), newest, reason=EndReason.PRUNED, by=_PERFORMER)
        namespace, _, short = repository.name.partition("/")
        audit.record(
            work,
            SYSTEM,
            LogKind.AUTOPRUNE_TAG_DELETE,
            namespace_id=repository.namespace_id,
            repository_id=repository.id,
            performer=_PERFORMER,
            namespace=namespace,
            repo=short,
            tag=name,
            manifest_digest=newest.digest,
        )
    return ended


def _find_changeable(work: UnitOfWork, repository_id: int) -> Repository | None:
    found = records.find_repository_by_id(work, repository_id)
    if found is None or found.state is not RepositoryState.NORMAL or found.kind is not RepositoryKind.IMAGE or not found.is_enabled:
        return None
    return found


def _select(work: UnitOfWork, repository: Repository, policies: Sequence[PrunePolicy]) -> list[ListedTag]:
    """Each policy looks at all tags, and what one of them lets go goes; a tag whose manifest is about one that stays is not let go alone."""
    if not policies:
        return []
    living = choose(work, repository, EVERYTHING, None)
    candidates = [
        Candidate(tag.name, tag.digest, tag.start_ms, tag.last_pulled_ms or 0, tag.size_bytes or 0, tag.immutable) for tag in living
    ]
    going: set[str] = set()
    for policy in policies:
        going.update(candidate.name for candidate in select_pruned(policy, candidates, now_ms=work.now_ms))
    kept = listing.list_bound_names(work.connection, repository.id) if going else set()
    return [tag for tag in living if tag.name in going and tag.name not in kept and not is_signature_tag(tag.name)]
