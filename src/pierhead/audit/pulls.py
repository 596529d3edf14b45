"""Count pulls in memory and write them in batches, so that a pull writes nothing."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from pierhead.audit import store
from pierhead.audit.model import LogEntry, LogKind, Performer, PullEntry, describe_credential
from pierhead.platform.database import Database, UnitOfWork

_CAPACITY = 10_000
_KEY_LENGTH = 32

PullKey = tuple[int, str | None, str | None, str | None, str | None]
"""Repository, tag, digest, caller, verb."""
CountElsewhere = Callable[[UnitOfWork, Mapping[tuple[int, str | None, str | None], int]], None]
"""What a room above does with the same pulls in the same transaction: how many of (repository, tag, digest)."""


@dataclass(slots=True)
class _Pulls:
    namespace_id: int
    performer: Performer
    address: str | None
    number: int = 0


class PullAggregator:
    """The pulls of one process since the last flush. Used in the event loop's thread only."""

    def __init__(self, *, capacity: int = _CAPACITY, count_elsewhere: CountElsewhere | None = None) -> None:
        self._capacity = capacity
        self._count_elsewhere = count_elsewhere
        self._pulls: dict[PullKey, _Pulls] = {}
        self.uncounted = 0

    def __len__(self) -> int:
        return len(self._pulls)

    def count(
        self,
        namespace_id: int,
        repository_id: int,
        tag: str | None,
        digest: str,
        caller: Performer,
        address: str | None = None,
        *,
        verb: str | None = None,
    ) -> None:
        """Note one pull; `tag` is None when it was by digest, `verb` names another form in which the image was fetched.

        One dict look-up when the same was pulled before.
        """
        key = (repository_id, tag, digest, caller.reference, verb)
        pulls = self._pulls.get(key)
        if pulls is None:
            pulls = self._add(key, namespace_id, caller, address)
        if pulls is not None:
            pulls.number += 1

    def _add(self, key: PullKey, namespace_id: int, caller: Performer, address: str | None) -> _Pulls | None:
        if len(self._pulls) >= self._capacity:
            # Full: a flush is late. The counter stays right for a while longer, who pulled is lost; then the pull is not counted.
            key, caller, address = (key[0], key[1], None, None, None), _SOMEBODY, None
            if key not in self._pulls and len(self._pulls) >= 2 * self._capacity:
                self.uncounted += 1
                return None
        return self._pulls.setdefault(key, _Pulls(namespace_id, caller, address))

    async def flush(self, database: Database) -> int:
        """Write what was counted; how many pulls that were. When the database fails, the counts are kept and the error is raised."""
        batch, self._pulls = self._pulls, {}
        if not batch:
            return 0
        try:
            await database.write(write_pulls, batch, self._count_elsewhere)
        except Exception:
            self._take_back(batch)
            raise
        return sum(pulls.number for pulls in batch.values())

    def _take_back(self, batch: dict[PullKey, _Pulls]) -> None:
        for key, later in self._pulls.items():
            earlier = batch.get(key)
            if earlier is None:
                batch[key] = later
            else:
                earlier.number += later.number
        self._pulls = batch


@dataclass(frozen=True, slots=True)
class _Somebody:
    kind: str = "unknown"
    name: str | None = None
    reference: str | None = None


_SOMEBODY = _Somebody()


def write_pulls(work: UnitOfWork, batch: Mapping[PullKey, _Pulls], count_elsewhere: CountElsewhere | None = None) -> None:
    """Count the pulls in one `pull_repo` (or `repo_verb`) entry for each key and day (UTC), and raise the counters. The entry bears the time of the last pull."""
    entries = []
    counters: dict[tuple[int, str], int] = {}
    for key, pulls in batch.items():
        repository_id, tag, digest, _, verb = key
        facts = describe_credential(pulls.performer)
        if tag is not None:
            facts["tag"] = tag
        if digest is not None:
            facts["manifest_digest"] = digest
        if verb is not None:
            facts["verb"] = verb
        kind = LogKind.PULL_REPO if verb is None else LogKind.REPO_VERB
        performer = pulls.performer
        entry = LogEntry(kind, pulls.namespace_id, repository_id, str(performer.kind), performer.name, pulls.address, facts, work.now)
        entries.append(PullEntry(_make_day_key(work.now, key, performer), pulls.number, entry))
        counter = (repository_id, tag or "")
        counters[counter] = counters.get(counter, 0) + pulls.number
    store.add_pulls(work.connection, entries)
    store.count_pulls(work.connection, counters, work.now)
    if count_elsewhere is not None:
        numbers: dict[tuple[int, str | None, str | None], int] = {}
        for key, pulls in batch.items():
            numbers[key[:3]] = numbers.get(key[:3], 0) + pulls.number
        count_elsewhere(work, numbers)


def _make_day_key(now: datetime, key: PullKey, performer: Performer) -> str:
    *pulled, verb = key
    by_verb = () if verb is None else (verb,)
    said = msgspec.json.encode((now.astimezone(UTC).date(), *pulled, str(performer.kind), performer.name, *by_verb))
    return hashlib.sha256(said).hexdigest()[:_KEY_LENGTH]
