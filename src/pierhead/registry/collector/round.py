"""One round of the collector: all steps, again and again, until nothing is due."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Concatenate, ParamSpec, TypeVar

from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.database import Database, UnitOfWork
from pierhead.registry.collector import delete_bytes, remove_blobs, remove_manifests, remove_tags
from pierhead.registry.collector.totals import begin_round, end_round
from pierhead.registry.model.collector import CollectorLimits, Reclaimed
from pierhead.registry.store.collector.blobs import HeldBlob

P = ParamSpec("P")
T = TypeVar("T")


def do_nothing(_step: str) -> None:
    """Nobody watches the steps."""


class Round:
    """Runs the steps in the calling thread. `after_step` hears of each that changed something, and may stop the round by raising.

    After every transaction it rests as long as that took, and at least the pause of the settings, so that pushes get the database
    for half of the time at least. A round that dies anywhere leaves nothing half done: each step finds its own rest by what is due.
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        limits: CollectorLimits,
        *,
        rest: Callable[[float], None] = time.sleep,
        after_step: Callable[[str], None] = do_nothing,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._limits = limits
        self._rest = rest
        self._after_step = after_step

    def run(self) -> Reclaimed:
        """Work until nothing is due any more; what that came to."""
        self._database.write_now(begin_round)
        total = Reclaimed()
        steps = (self._remove_tags, self._remove_manifests, self._unlink_blobs, self._remove_blobs, self._delete_bytes)
        while True:
            is_busy = False
            for step in steps:
                found, reclaimed = step()
                total = total.plus(reclaimed)
                is_busy = is_busy or found
            if not is_busy:
                break
        self._database.write_now(end_round)
        return total

    def _remove_tags(self) -> tuple[bool, Reclaimed]:
        due = self._database.read_now(remove_tags.list_due_repositories, self._limits.batch)
        return bool(due), _sum(self._write("tags", remove_tags.remove_ended_tags, repository, self._limits) for repository in due)

    def _remove_manifests(self) -> tuple[bool, Reclaimed]:
        due = self._database.read_now(remove_manifests.list_due_manifests, self._limits.batch)
        by_repository: dict[int, list[int]] = defaultdict(list)
        for repository, manifest in due:
            by_repository[repository].append(manifest)
        return bool(due), _sum(
            self._write("manifests", remove_manifests.remove_manifests, repository, manifests, self._limits)
            for repository, manifests in by_repository.items()
        )

    def _unlink_blobs(self) -> tuple[bool, Reclaimed]:
        due = self._database.read_now(remove_blobs.list_due_holdings, self._limits.batch)
        used = [held for held, is_used in due if is_used]
        if used:
            self._write("settled", remove_blobs.settle_holdings, used)
        by_repository: dict[int, list[HeldBlob]] = defaultdict(list)
        for held, is_used in due:
            if not is_used:
                by_repository[held.repository_id].append(held)
        for repository, unused in by_repository.items():
            self._write("holdings", remove_blobs.unlink_holdings, repository, unused, self._limits)
        return bool(due), Reclaimed()

    def _remove_blobs(self) -> tuple[bool, Reclaimed]:
        due = self._database.read_now(remove_blobs.list_unused_blobs, self._limits.batch)
        return bool(due), self._write("blobs", remove_blobs.remove_blobs, due, self._limits) if due else Reclaimed()

    def _delete_bytes(self) -> tuple[bool, Reclaimed]:
        due = self._database.read_now(delete_bytes.list_due_bytes, self._limits.batch)
        if not due:
            return False, Reclaimed()
        self._blobs.delete(key for key, _ in due)
        self._after_step("deleted")
        return True, self._write("bytes", delete_bytes.forget_bytes, due)

    def _write(self, step: str, verb: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        began = time.monotonic()
        result = self._database.write_now(verb, *args, **kwargs)
        self._after_step(step)
        self._rest(max(self._limits.pause_ms / 1000, time.monotonic() - began))
        return result


def _sum(parts: Iterable[Reclaimed]) -> Reclaimed:
    total = Reclaimed()
    for part in parts:
        total = total.plus(part)
    return total
