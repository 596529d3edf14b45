"""Take tags whose time is over out of lists. On `/v2` they are gone at that very moment, without this."""

from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.names import TagName
from pierhead.registry.model.tags import find_signed_digest
from pierhead.registry.move_tag import end_signatures
from pierhead.registry.store import listing
from pierhead.registry.store import tags as store
from pierhead.repositories import records


def unlist_expired(work: UnitOfWork, maximum: int) -> int:
    """Take out so many; signatures of an image that no tag names any more end with it. How many there were."""
    expired = listing.list_expired(work.connection, now_ms=work.now_ms, maximum=maximum)
    locked: set[int] = set()
    for repository_id, name in sorted(expired):
        repository = records.find_repository_by_id(work, repository_id)
        if repository is None:
            continue
        if repository_id not in locked:
            records.lock_repository(work, repository)
            locked.add(repository_id)
        newest = store.find_newest(work.connection, repository_id, TagName(name))
        if newest is not None and newest.is_alive(work.now_ms):
            continue
        listing.unlist(work.connection, repository_id, name)
        signed = find_signed_digest(name)
        if signed is not None:
            listing.refresh_figures(work.connection, repository_id, signed)
        if newest is not None:
            end_signatures(work, repository, newest.digest, by=None)
    return len(expired)
