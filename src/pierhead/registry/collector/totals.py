"""What the collector has done, and what waits for it."""

from dataclasses import dataclass

from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.collector import Reclaimed, RoundFigures, Waiting
from pierhead.registry.store.collector import totals as store


@dataclass(frozen=True, slots=True)
class CollectorFigures:
    """Everything that is told about the collector; `reclaimable_bytes` lie in the storage and no repository holds them."""

    reclaimed: Reclaimed
    round: RoundFigures
    waiting: Waiting
    reclaimable_bytes: int
    now_ms: int

    @property
    def bytes_per_second(self) -> float | None:
        """How fast the last round deletes bytes, or did; None before the first."""
        if not self.round.began_ms:
            return None
        seconds = ((self.round.ended_ms or self.now_ms) - self.round.began_ms) / 1000
        return self.round.freed_bytes / max(seconds, 0.001)

    @property
    def oldest_seconds(self) -> float:
        """For how long the oldest thing that is due has waited."""
        return max(0.0, (self.now_ms - self.waiting.oldest_ms) / 1000) if self.waiting.oldest_ms is not None else 0.0


def read_figures(work: UnitOfWork) -> CollectorFigures:
    """The figures of all nodes. Whoever shows them has checked the caller."""
    reclaimed, last = store.read_totals(work.connection)
    waiting = store.count_waiting(work.connection, now_ms=work.now_ms)
    return CollectorFigures(reclaimed, last, waiting, store.sum_reclaimable(work.connection), work.now_ms)


def begin_round(work: UnitOfWork) -> None:
    """A round begins."""
    store.begin_round(work.connection, now_ms=work.now_ms)


def end_round(work: UnitOfWork) -> None:
    """The round that runs has ended."""
    store.end_round(work.connection, now_ms=work.now_ms)
