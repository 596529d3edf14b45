"""The safety net: a slow look at every row, for what was let go of without a note to the collector.

Rows go with a deleted account, and an earlier release left no notes. The looks are reads of a bounded number of rows.
"""

import time
from collections.abc import Callable, Sequence

from pierhead.platform.database import Database, UnitOfWork
from pierhead.registry.model.collector import CollectorLimits
from pierhead.registry.store.collector import blobs, ended_tags, manifests

_ROWS = 1000  # of one look


class Sweep:
    """One pass over all repositories, manifests and blobs, in the calling thread. `check` is asked between two looks and may raise."""

    def __init__(
        self, database: Database, limits: CollectorLimits, *, check: Callable[[], None], rest: Callable[[float], None] = time.sleep
    ) -> None:
        self._database = database
        self._limits = limits
        self._check = check
        self._rest = rest

    def run(self) -> int:
        """How many rows the collector has to look at that it did not know of."""
        return self._sweep_repositories() + self._sweep_manifests() + self._sweep_blobs()

    def _sweep_repositories(self) -> int:
        found, after = 0, 0
        while repositories := self._database.read_now(_list_repositories, after):
            for repository_id, has_missed_tags in repositories:
                if has_missed_tags:
                    self._database.write_now(_note_ended_tags, repository_id)
                found += has_missed_tags + self._sweep_holdings(repository_id)
            after = repositories[-1][0]
            self._pause()
        return found

    def _sweep_holdings(self, repository_id: int) -> int:
        found, after = 0, 0
        while True:
            last, unused = self._database.read_now(_list_unused_holdings, repository_id, after)
            if last is None:
                return found
            if unused:
                self._database.write_now(_look_at_holdings, repository_id, unused, self._limits)
            found, after = found + len(unused), last
            self._check()

    def _sweep_manifests(self) -> int:
        found, after = 0, 0
        while (last := self._database.read_now(_find_last_manifest, after)) is not None:
            forgotten = self._database.read_now(_list_forgotten_manifests, after, last)
            if forgotten:
                self._database.write_now(_let_go_of_manifests, forgotten, self._limits)
            found, after = found + len(forgotten), last
            self._pause()
        return found

    def _sweep_blobs(self) -> int:
        found, after = 0, 0
        while (last := self._database.read_now(_find_last_blob, after)) is not None:
            forgotten = self._database.read_now(_list_forgotten_blobs, after, last)
            if forgotten:
                self._database.write_now(_mark_unused, forgotten)
            found, after = found + len(forgotten), last
            self._pause()
        return found

    def _pause(self) -> None:
        self._check()
        self._rest(self._limits.pause_ms / 1000)


def _list_repositories(work: UnitOfWork, after: int) -> list[tuple[int, bool]]:
    return [
        (repository_id, ended_tags.has_missed_tags(work.connection, repository_id))
        for repository_id in blobs.list_repository_ids(work.connection, after=after, maximum=_ROWS)
    ]


def _note_ended_tags(work: UnitOfWork, repository_id: int) -> None:
    ended_tags.note_ended_tags_of_repository(work.connection, repository_id)


def _list_unused_holdings(work: UnitOfWork, repository_id: int, after: int) -> tuple[int | None, list[int]]:
    """The last blob of the next range, None at the end, and those of the range that no manifest refers to and nobody looks at."""
    members = blobs.list_members(work.connection, repository_id, after=after, maximum=_ROWS)
    unused = [blob_id for blob_id, held in members if held == 0 and not blobs.is_used(work.connection, repository_id, blob_id)]
    return (members[-1][0] if members else None), unused


def _look_at_holdings(work: UnitOfWork, repository_id: int, blob_ids: Sequence[int], limits: CollectorLimits) -> None:
    for blob_id in blob_ids:
        blobs.look_at_holding(work.connection, repository_id, blob_id, until_ms=work.now_ms + limits.grace_ms)


def _find_last_manifest(work: UnitOfWork, after: int) -> int | None:
    return manifests.find_last_of_range(work.connection, after, _ROWS)


def _list_forgotten_manifests(work: UnitOfWork, after: int, last: int) -> list[int]:
    return manifests.list_forgotten_manifests(work.connection, after, last)


def _let_go_of_manifests(work: UnitOfWork, manifest_ids: Sequence[int], limits: CollectorLimits) -> None:
    for manifest_id in manifest_ids:
        ended_tags.let_go_of_manifest(work.connection, manifest_id, until_ms=work.now_ms + limits.grace_ms)


def _find_last_blob(work: UnitOfWork, after: int) -> int | None:
    return blobs.find_last_of_range(work.connection, after, _ROWS)


def _list_forgotten_blobs(work: UnitOfWork, after: int, last: int) -> list[int]:
    return blobs.list_forgotten_blobs(work.connection, after, last)


def _mark_unused(work: UnitOfWork, blob_ids: Sequence[int]) -> None:
    for blob_id in blob_ids:
        blobs.mark_unused(work.connection, blob_id, now_ms=work.now_ms)
