"""Figures of the collector for Prometheus, asked of the database, so that every process shows those of all nodes."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from pierhead.platform.database import Database
from pierhead.registry.collector.totals import CollectorFigures, read_figures

_REMOVED = ("tags", "manifests", "blobs", "orphans")


class CollectorMetrics(Collector):
    """Asks the database when the metrics page is asked for. Not for coroutines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterable[Metric]:
        """What was reclaimed, and what waits."""
        return list_families(self._database.read_now(read_figures))


def list_families(figures: CollectorFigures) -> list[Metric]:
    """The figures as Prometheus takes them."""
    removed = CounterMetricFamily("pierhead_collector_removed", "Rows that the collector removed, orphans: files.", labels=("kind",))
    for kind in _REMOVED:
        removed.add_metric((kind,), getattr(figures.reclaimed, kind))
    freed = figures.reclaimed.freed_bytes + figures.reclaimed.orphan_bytes
    due = GaugeMetricFamily("pierhead_collector_due", f"Rows that are due, counted up to {figures.waiting.limit}.", labels=("queue",))
    for queue, count in figures.waiting.due.items():
        due.add_metric((queue,), count)
    return [
        removed,
        CounterMetricFamily("pierhead_collector_freed_bytes", "Bytes that the collector deleted from the storage.", value=freed),
        GaugeMetricFamily(
            "pierhead_collector_reclaimable_bytes", "Bytes in the storage that no repository holds.", value=figures.reclaimable_bytes
        ),
        due,
        GaugeMetricFamily(
            "pierhead_collector_oldest_due_seconds", "How long the oldest row that is due has waited.", value=figures.oldest_seconds
        ),
        GaugeMetricFamily(
            "pierhead_collector_last_round_timestamp_seconds", "When the last round began.", value=figures.round.began_ms / 1000
        ),
    ]
