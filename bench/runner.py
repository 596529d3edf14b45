"""Runs the phases, interleaved: each phase on every registry in turn, so that a change of the machine's load hits all alike."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from bench.errors import BenchError
from bench.measuring import Measurement, combine, failed
from bench.phases.registry import Phase
from bench.session import Session

Results: TypeAlias = dict[str, dict[str, Measurement]]
"""Medians by phase, then by registry."""


def run_phases(phases: Sequence[Phase], sessions: Sequence[Session], runs: int, after_phase: Callable[[Phase, Results], None]) -> Results:
    """Measure; `after_phase` is told the results so far, so that an interrupted run leaves something.

    Every other run goes through the registries backwards: none is always the one that follows another's writes.
    """
    results: Results = {}
    for phase in phases:
        taken: dict[str, list[Measurement]] = {session.target.name: [] for session in sessions}
        for index in range(1 if phase.once else runs):
            for session in sessions if index % 2 == 0 else reversed(sessions):
                earlier = taken[session.target.name]
                if earlier and earlier[-1].failure:
                    continue
                if measurement := _take(phase, session):
                    earlier.append(measurement)
        results[phase.name] = {name: combine(measurements) for name, measurements in taken.items() if measurements}
        after_phase(phase, results)
    return results


def _take(phase: Phase, session: Session) -> Measurement | None:
    """One run of a phase; what goes wrong fails this phase of this registry, not the whole benchmark."""
    try:
        session.begin_phase()
        measurement = phase.run(session)
    except (BenchError, OSError, KeyError, ValueError) as error:
        return failed(f"{type(error).__name__}: {error}")
    return measurement.judged() if measurement else None
