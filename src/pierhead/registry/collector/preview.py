"""What the collector would remove from now on, if nobody came to need it: names and bytes, without changing anything."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from pierhead.platform.database import UnitOfWork
from pierhead.registry.store.collector import blobs
from pierhead.registry.store.collector import preview as store
from pierhead.registry.store.collector.preview import EndedTag, SeenBlob, SeenManifest

_REPOSITORIES = 1000  # of one look


@dataclass(slots=True)
class Preview:
    """What would go. `waiting_bytes` have lost their row already."""

    tags: list[EndedTag] = field(default_factory=list)
    manifests: list[SeenManifest] = field(default_factory=list)
    blobs: list[SeenBlob] = field(default_factory=list)
    waiting: int = 0
    waiting_bytes: int = 0

    @property
    def total_bytes(self) -> int:
        """What the storage would give back."""
        return self.waiting_bytes + sum(blob.size_bytes for blob in self.blobs)


def preview_round(work: UnitOfWork) -> Preview:
    """What is due, and what goes in its wake; what is in a grace or a hold already is left out.

    What is pushed or deleted meanwhile may be in it or not. Takes memory for the names of what would go.
    """
    return _Look(work).run()


class _Look:
    """Follows the steps of a round, and remembers what they would have removed."""

    def __init__(self, work: UnitOfWork) -> None:
        self._connection = work.connection
        self._now_ms = work.now_ms
        self._found = Preview()
        self._tags: set[int] = set()
        self._manifests: set[int] = set()
        self._holdings: dict[int, set[int]] = {}  # repositories that would let go, by blob

    def run(self) -> Preview:
        candidates = deque(self._remove_tags())
        candidates.extend(self._list_due_manifests())
        touched = self._remove_manifests(candidates)
        touched.update(store.list_due_holdings(self._connection, now_ms=self._now_ms))
        self._unlink_blobs(touched)
        self._remove_blobs({*self._holdings, *store.list_marked(self._connection)})
        self._found.waiting, self._found.waiting_bytes = store.sum_waiting_bytes(self._connection)
        return self._found

    def _remove_tags(self) -> Iterable[int]:
        after = 0
        while repositories := blobs.list_repository_ids(self._connection, after=after, maximum=_REPOSITORIES):
            for repository_id in repositories:
                self._remove_tags_of(repository_id)
            after = repositories[-1]
        return [ended.manifest_id for ended in self._found.tags]

    def _remove_tags_of(self, repository_id: int) -> None:
        after = 0
        while ended := store.list_ended_tags(self._connection, repository_id, now_ms=self._now_ms, after=after):
            self._found.tags += ended
            self._tags.update(each.id for each in ended)
            after = ended[-1].id

    def _list_due_manifests(self) -> Iterable[int]:
        due: list[int] = []
        while some := store.list_due_manifests(self._connection, now_ms=self._now_ms, after=due[-1] if due else 0):
            due += some
        return due

    def _remove_manifests(self, candidates: deque[int]) -> set[tuple[int, int]]:
        """(repository, blob) of all that the removed manifests refer to."""
        touched: set[tuple[int, int]] = set()
        while candidates:
            seen = store.find_manifest(self._connection, candidates.popleft())
            if seen is None or seen.id in self._manifests or self._is_needed(seen):
                continue
            self._manifests.add(seen.id)
            self._found.manifests.append(seen)
            candidates.extend(store.list_dependents(self._connection, seen))
            touched.update((seen.repository_id, blob_id) for blob_id in store.list_blobs_of(self._connection, seen.id))
        return touched

    def _is_needed(self, seen: SeenManifest) -> bool:
        if seen.held_until_ms > self._now_ms or store.list_tags_of(self._connection, seen.id) - self._tags:
            return True
        if store.list_parents(self._connection, seen) - self._manifests:
            return True
        if seen.subject is None or seen.deleted_ms is not None:
            return False
        subject = store.find_by_digest(self._connection, seen.repository_id, seen.subject)
        return subject is not None and subject not in self._manifests

    def _unlink_blobs(self, touched: Iterable[tuple[int, int]]) -> None:
        for repository_id, blob_id in touched:
            if store.is_held(self._connection, repository_id, blob_id, now_ms=self._now_ms):
                continue
            if not store.list_users(self._connection, blob_id, repository_id) - self._manifests:
                self._holdings.setdefault(blob_id, set()).add(repository_id)

    def _remove_blobs(self, candidates: Iterable[int]) -> None:
        for blob_id in sorted(candidates):
            held = store.list_holders(self._connection, blob_id) - self._holdings.get(blob_id, set())
            used = store.list_users(self._connection, blob_id) - self._manifests
            blob = None if held or used else store.find_blob(self._connection, blob_id)
            if blob is not None:
                self._found.blobs.append(blob)
