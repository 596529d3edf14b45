"""How much the whole registry holds: counted by a job, when a superuser asks for it."""

from dataclasses import dataclass

from pierhead.access.model.identity import Identity
from pierhead.administration.jobs import CountRegistrySize
from pierhead.administration.store import sizes as store
from pierhead.administration.superuser import require_superuser
from pierhead.platform.database import UnitOfWork
from pierhead.platform.jobs import JobState, enqueue, find_job

_KEY = CountRegistrySize.name


@dataclass(frozen=True, slots=True)
class RegistrySize:
    """The last count, and whether another is on its way. `counted_ms` is None before the first."""

    size_bytes: int
    counted_ms: int | None
    is_running: bool
    is_queued: bool


def get_registry_size(work: UnitOfWork, identity: Identity) -> RegistrySize:
    """Raises SignInRequired and NotAllowed, as does the other."""
    require_superuser(identity, reads=True)
    size = store.find_size(work.connection)
    job = find_job(work, _KEY)
    state = None if job is None else job.state
    size_bytes, counted_ms = size or (0, None)
    return RegistrySize(size_bytes, counted_ms, state is JobState.RUNNING, state is JobState.QUEUED)


def count_registry_size(work: UnitOfWork, identity: Identity) -> bool:
    """Have it counted; False when that has been asked for already."""
    require_superuser(identity)
    return enqueue(work, CountRegistrySize(), key=_KEY)
