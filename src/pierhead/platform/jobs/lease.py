"""What a worker does with leases: claim, extend, settle, give back. Each is one unit of work."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pierhead.platform.database import UnitOfWork
from pierhead.platform.jobs.model import ClaimedJob, JobResult
from pierhead.platform.jobs.store import jobs as store
from pierhead.platform.jobs.store import schedules


@dataclass(frozen=True, slots=True)
class Claimer:
    """Claims for one worker: which jobs it knows, under which name, for how long."""

    names: Sequence[str]
    limits: Mapping[str, int]
    owner: str
    lease_seconds: float

    @property
    def groups(self) -> tuple[str | None, ...]:
        """What to ask one after another, each in its own unit of work: every limited queue, and None for all the others."""
        return (*self.limits, None)

    def claim(self, work: UnitOfWork, group: str | None, most: int) -> list[ClaimedJob]:
        """Lease up to `most` due jobs of one group, the longest due first."""
        token = uuid.uuid4().hex
        leased_until = work.now + timedelta(seconds=self.lease_seconds)
        if group is None:
            return store.claim_unlimited(
                work.connection,
                names=self.names,
                limited_queues=tuple(self.limits),
                most=most,
                now=work.now,
                leased_until=leased_until,
                owner=self.owner,
                token=token,
            )
        return store.claim_limited(
            work.connection,
            names=self.names,
            queue=group,
            limit=self.limits[group],
            most=most,
            now=work.now,
            leased_until=leased_until,
            owner=self.owner,
            token=token,
        )


def extend(work: UnitOfWork, held: Sequence[ClaimedJob], lease_seconds: float) -> list[bool | None]:
    """Lengthen leases from now. For each, whether its job was cancelled; None when the lease is lost."""
    leased_until = work.now + timedelta(seconds=lease_seconds)
    return [store.extend(work.connection, each.id, each.lease_token, leased_until) for each in held]


def give_back(work: UnitOfWork, held: Sequence[ClaimedJob]) -> int:
    """Let other workers have the jobs at once, as if they had not been claimed; how many were still held."""
    given = sum(store.give_back(work.connection, each.id, each.lease_token, work.now) for each in held)
    if given:
        work.ring_after_commit()
    return given


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended, and after which pause the next begins."""

    result: JobResult
    error: str | None = None
    pause: timedelta = timedelta()


def settle(work: UnitOfWork, claimed: ClaimedJob, outcome: Outcome, *, started_at: datetime, duration_seconds: float) -> JobResult:
    """Write down how an attempt ended. LOST, and nothing is changed, when the lease ran out and another worker claimed the job."""
    if not _apply(work, claimed, outcome):
        return JobResult.LOST
    if claimed.schedule is not None and outcome.result is not JobResult.INTERRUPTED:
        schedules.record_run(
            work.connection,
            claimed.schedule,
            started_at=started_at,
            duration_seconds=duration_seconds,
            result=outcome.result,
            error=outcome.error,
        )
    return outcome.result


def _apply(work: UnitOfWork, claimed: ClaimedJob, outcome: Outcome) -> bool:
    connection, token = work.connection, claimed.lease_token
    match outcome.result:
        case JobResult.DONE | JobResult.CANCELLED:
            return store.finish(connection, claimed.id, token)
        case JobResult.FAILED:
            return store.retry(connection, claimed.id, token, work.now + outcome.pause, outcome.error or "")
        case JobResult.DEAD:
            return store.bury(connection, claimed.id, token, outcome.error or "")
        case JobResult.POSTPONED | JobResult.INTERRUPTED:
            return store.give_back(connection, claimed.id, token, work.now + outcome.pause)
        case JobResult.LOST:
            return False
