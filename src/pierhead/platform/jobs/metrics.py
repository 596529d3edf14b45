"""Figures of the job runner for Prometheus."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from pierhead.platform.database import Database
from pierhead.platform.jobs.model import JobResult
from pierhead.platform.jobs.queue import count_by_state

_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 3600)


class JobMetrics:
    """Counts attempts by job and result, and their durations."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter("pierhead_job_attempts", "Attempts of background jobs that ended.", ("job", "result"), registry=registry)
        self._seconds = Histogram("pierhead_job_duration_seconds", "How long attempts took.", ("job",), buckets=_SECONDS, registry=registry)

    def record(self, name: str, result: JobResult, seconds: float) -> None:
        """One attempt has ended."""
        self._attempts.labels(name, result.value).inc()
        self._seconds.labels(name).observe(seconds)


class QueueDepthCollector(Collector):
    """Counts the jobs in each queue and state when the metrics page is asked for; register it with the page's registry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterable[Metric]:
        """Named without a query, since a registry asks for it when the collector is registered."""
        return [self._family()]

    def collect(self) -> Iterable[Metric]:
        """Ask the database; not for coroutines."""
        family = self._family()
        for (queue, state), count in self._database.read_now(count_by_state).items():
            family.add_metric((queue, state.value), count)
        return [family]

    @staticmethod
    def _family() -> GaugeMetricFamily:
        return GaugeMetricFamily("pierhead_jobs", "Background jobs that have not finished.", labels=("queue", "state"))
