"""One measurement, the meter that takes it, and the median of several."""

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bench.processes import generator_cpu_seconds, machine_cpu_seconds, measure_usage

TOLERATED_ERRORS = 0.01
MEDIAN_FIELDS = (
    "rate",
    "operations",
    "wall_seconds",
    "generator_cpu_seconds",
    "cpu_ms",
    "foreign_cpu_seconds",
    "rss_mib",
    "peak_mib",
    "extra_rss_mib",
    "p50_ms",
    "p99_ms",
)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one run of a phase showed.

    `operations` counts in `unit` (requests, or MB of a million bytes), `rate` is operations per second, `cpu_ms` the CPU of
    the server's processes per operation, `foreign_cpu_seconds` that of processes which have no part in it. `rates` and `cpus` keep the single runs when this is a median.
    """

    unit: str
    operations: float = 0
    rate: float = 0
    wall_seconds: float = 0
    generator_cpu_seconds: float = 0
    cpu_ms: float | None = None
    foreign_cpu_seconds: float | None = None
    rss_mib: float | None = None
    peak_mib: float | None = None
    extra_rss_mib: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    errors: dict[str, int] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    failure: str | None = None
    rates: tuple[float, ...] = ()
    cpus: tuple[float, ...] = ()

    @property
    def generator_share(self) -> float:
        """Part of one core that the generator used; near 1 the rate is the generator's limit, not the server's."""
        return self.generator_cpu_seconds / self.wall_seconds if self.wall_seconds else 0.0

    @property
    def foreign_cores(self) -> float:
        """Cores that other processes kept busy meanwhile; near zero on a quiet machine."""
        return (self.foreign_cpu_seconds or 0.0) / self.wall_seconds if self.wall_seconds else 0.0

    def judged(self) -> "Measurement":
        """This measurement, failed when more than one answer in a hundred was wrong."""
        wrong = sum(self.errors.values())
        answers = self.notes.get("answers", self.operations)
        if wrong <= TOLERATED_ERRORS * answers:
            return self
        return replace(self, failure=f"{wrong} of {answers:.0f} answers were wrong: {self.errors}", rate=0, cpu_ms=None)

    def as_json(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value not in (None, {}, ())}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Measurement":
        return cls(**{**values, "rates": tuple(values.get("rates", ())), "cpus": tuple(values.get("cpus", ()))})


def failed(reason: str) -> Measurement:
    """A measurement that could not be taken."""
    return Measurement(unit="", failure=reason[:300])


class Meter:
    """Measures what a piece of work costs the server, the generator and the clock."""

    def __init__(self, pids: tuple[int, ...], extra_pids: tuple[int, ...] = ()) -> None:
        self._pids = pids
        self._extra_pids = extra_pids

    def measure(self, unit: str, work: Callable[[], float]) -> Measurement:
        """Run `work`, which returns the number of operations that it did."""
        os.sync()  # data written earlier is not written back inside this measurement
        before = self._cpu_seconds()
        generator, machine = generator_cpu_seconds(), machine_cpu_seconds()
        started = time.perf_counter()
        operations = work()
        wall = time.perf_counter() - started
        generator, machine = generator_cpu_seconds() - generator, machine_cpu_seconds() - machine
        after = self._cpu_seconds()
        measurement = Measurement(
            unit=unit,
            operations=operations,
            rate=operations / wall,
            wall_seconds=wall,
            generator_cpu_seconds=generator,
        )
        if not self._pids or not operations:
            return measurement
        memory = measure_usage(self._pids)
        return replace(
            measurement,
            cpu_ms=(after - before) / operations * 1e3,
            foreign_cpu_seconds=max(0.0, machine - generator - (after - before)),
            rss_mib=memory.rss_mib,
            peak_mib=memory.peak_mib,
            extra_rss_mib=measure_usage(self._extra_pids).rss_mib if self._extra_pids else None,
        )

    def _cpu_seconds(self) -> float:
        pids = self._pids + self._extra_pids
        return measure_usage(pids).cpu_seconds if pids else 0.0


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` (0 to 1) of the values lie; zero of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def with_latencies(measurement: Measurement, seconds: Sequence[float], errors: Mapping[str, int]) -> Measurement:
    """Add the percentiles of durations in seconds, and the errors."""
    return replace(
        measurement,
        p50_ms=percentile(seconds, 0.5) * 1e3,
        p99_ms=percentile(seconds, 0.99) * 1e3,
        errors=dict(errors),
    )


def combine(runs: Sequence[Measurement]) -> Measurement:
    """Medians of the runs of one phase, the highest peak memory, all errors; the first failure fails the whole."""
    rates = tuple(round(run.rate, 3) for run in runs)
    for run in runs:
        if run.failure:
            return replace(run, rates=rates)
    last = runs[-1]
    medians: dict[str, Any] = {}
    for name in MEDIAN_FIELDS:
        values = [value for run in runs if (value := getattr(run, name)) is not None]
        medians[name] = statistics.median(values) if values else None
    medians["peak_mib"] = max((run.peak_mib for run in runs if run.peak_mib is not None), default=None)
    errors: dict[str, int] = {}
    for run in runs:
        for kind, count in run.errors.items():
            errors[kind] = errors.get(kind, 0) + count
    cpus = tuple(round(run.cpu_ms, 5) for run in runs if run.cpu_ms is not None)
    return replace(last, **medians, errors=errors, notes=_combine_notes(runs), rates=rates, cpus=cpus)


def _combine_notes(runs: Sequence[Measurement]) -> dict[str, Any]:
    """Medians of the notes that are numbers in every run, the last value of the others."""
    notes: dict[str, Any] = {}
    for name, last in runs[-1].notes.items():
        values = [run.notes.get(name) for run in runs]
        numbers = [value for value in values if isinstance(value, int | float)]
        notes[name] = statistics.median(numbers) if len(numbers) == len(values) else last
    return notes
