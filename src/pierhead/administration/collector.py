"""The collector as superusers see it."""

from collections.abc import Sequence

from pierhead.access.model.identity import Identity
from pierhead.administration.background_work import run_schedule_now
from pierhead.administration.superuser import require_superuser
from pierhead.platform.database import UnitOfWork
from pierhead.platform.jobs import Schedule
from pierhead.registry.collector.totals import CollectorFigures, read_figures

SCHEDULE = "collect_garbage"


def get_collector(work: UnitOfWork, identity: Identity) -> CollectorFigures:
    """What was reclaimed and what waits. Raises SignInRequired and NotAllowed, as does the other."""
    require_superuser(identity, reads=True)
    return read_figures(work)


def run_collector_now(work: UnitOfWork, identity: Identity, schedules: Sequence[Schedule]) -> None:
    """Begin a round at once. Raises RunsAlready when one that was asked for has not ended."""
    run_schedule_now(work, identity, schedules, SCHEDULE)
