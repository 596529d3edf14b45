"""What Prometheus is told about requests, and the page that tells it."""

import os
from collections.abc import Callable, Iterable

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)

REQUEST_SECONDS = Histogram(
    "quay_request_duration_seconds", "Time from a request's head to the end of its answer.", ("route", "method"), buckets=_BUCKETS
)
REQUESTS = Counter("pierhead_requests", "Answered requests.", ("route", "method", "status"))

Observe = Callable[[float], None]


class RequestMetrics:
    """Counts requests. Label children are looked up once, because looking them up costs more than counting."""

    def __init__(self) -> None:
        self._children: dict[tuple[str, str, int], tuple[Observe, Callable[[], None]]] = {}

    def record(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answer; `route` comes from a fixed list, and `method` is one of HTTP's."""
        key = (route, method, status)
        found = self._children.get(key)
        if found is None:
            found = (REQUEST_SECONDS.labels(route, method).observe, REQUESTS.labels(route, method, str(status)).inc)
            self._children[key] = found
        observe, count = found
        observe(seconds)
        count()


class LiveFigures(Collector):
    """Figures that are asked of the database when Prometheus asks."""

    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterable[Metric]:
        return self._collect()


def render_metrics(live: LiveFigures | None) -> tuple[str, bytes]:
    """Content type and body of `/metrics`: this process's figures, or those of all where several share the work."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        body = generate_latest(registry)
    else:
        body = generate_latest(REGISTRY)
    if live is not None:
        figures = CollectorRegistry()
        figures.register(live)
        body += generate_latest(figures)
    return CONTENT_TYPE_LATEST, body
