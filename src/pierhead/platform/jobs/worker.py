"""Claims jobs and runs them in threads, keeps their leases alive, and gives them back when it stops."""

import os
import random
import socket
import threading
import uuid
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from pierhead.platform.database import Database, NodeListener, UnitOfWork
from pierhead.platform.jobs import lease
from pierhead.platform.jobs.lease import Claimer
from pierhead.platform.jobs.metrics import JobMetrics
from pierhead.platform.jobs.model import ClaimedJob, JobContext
from pierhead.platform.jobs.registry import JobRegistry
from pierhead.platform.jobs.runner import JobRunner, keep_going
from pierhead.platform.jobs.schedule import Schedule, Timetable, enqueue_due

S = TypeVar("S")


class Worker(Generic[S]):
    """The background work of one process. `feeders` make jobs out of other tables; each runs in its own unit of work before a claim."""

    def __init__(
        self,
        database: Database,
        registry: JobRegistry[S],
        services: S,
        *,
        threads: int = 2,
        lease_seconds: float = 60,
        poll_seconds: float = 1,
        owner: str | None = None,
        schedules: Iterable[Schedule] = (),
        feeders: Iterable[Callable[[UnitOfWork], object]] = (),
        metrics: JobMetrics | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._database = database
        self._services = services
        self._threads = threads
        self._poll_seconds = poll_seconds
        self._lease_seconds = lease_seconds
        self._claimer = Claimer(registry.names, registry.limits, owner or default_owner(), lease_seconds)
        self._runner = JobRunner(database, registry, chance=chance or random.Random(), metrics=metrics)  # noqa: S311 - spreads retries
        self._timetable = Timetable(schedules)
        self._feeders = tuple(feeders)
        self._turn = 0
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._running: dict[tuple[int, str], tuple[ClaimedJob, JobContext[S]]] = {}  # by job and lease: a lost lease may come back to us
        self._changed = threading.Condition()
        self._listener = NodeListener(database.engine, database.doorbell)
        self._loops = [
            threading.Thread(target=self._claim_loop, name="jobs-claim", daemon=True),
            threading.Thread(target=self._heartbeat_loop, name="jobs-heartbeat", daemon=True),
        ]

    def start(self) -> None:
        """Begin to claim and run jobs, in threads."""
        self._database.doorbell.attach(self._bell)
        self._listener.start()
        for thread in self._loops:
            thread.start()

    def stop(self, grace_seconds: float) -> None:
        """Claim no more, let running jobs end within the grace, then let other workers have those that go on.

        Jobs that ask `context.must_stop` are told at once. What still runs afterwards cannot settle any more, and ends with the process.
        """
        self._stopping.set()
        self._bell.set()
        self._loops[0].join()
        with self._changed:
            self._changed.wait_for(lambda: not self._running, timeout=grace_seconds)
            remaining = list(self._running.values())
        for _, context in remaining:
            context.mark_lost()
        if remaining:
            keep_going("give back leases", lambda: self._database.write_now(lease.give_back, [claimed for claimed, _ in remaining]))
        self._ended.set()
        self._loops[1].join()
        self._listener.stop()
        self._database.doorbell.detach(self._bell)

    def run_due(self) -> int:
        """Without threads: run what is due, and what that makes due, in the calling thread; how many attempts were made."""
        attempts = 0
        while True:
            self._feed()
            claimed = self._claim(1)
            if not claimed:
                return attempts
            for job in claimed:
                self._runner.run(job, self._new_context(job))
                attempts += 1

    def _claim_loop(self) -> None:
        while not self._stopping.is_set():
            self._bell.clear()
            keep_going("claim jobs", self._step)
            self._bell.wait(self._poll_seconds)

    def _step(self) -> None:
        self._feed()
        with self._changed:
            free = self._threads - len(self._running)
        if free > 0 and not self._stopping.is_set():
            for job in self._claim(free):
                self._launch(job)

    def _feed(self) -> None:
        due = self._timetable.list_due(self._database.clock.now())
        if due:
            self._timetable.settle(self._database.write_now(enqueue_due, due))
        for feeder in self._feeders:
            self._database.write_now(feeder)

    def _claim(self, most: int) -> list[ClaimedJob]:
        groups = self._claimer.groups
        self._turn = (self._turn + 1) % len(groups)  # so that a busy group does not starve the others
        claimed: list[ClaimedJob] = []
        for group in (*groups[self._turn :], *groups[: self._turn]):
            if len(claimed) < most:
                claimed += self._database.write_now(self._claimer.claim, group, most - len(claimed))
        return claimed

    def _new_context(self, job: ClaimedJob) -> JobContext[S]:
        return JobContext(self._services, self._database, key=job.key, attempt=job.attempts, stopping=self._stopping)

    def _launch(self, job: ClaimedJob) -> None:
        context = self._new_context(job)
        with self._changed:
            self._running[job.id, job.lease_token] = (job, context)
        threading.Thread(target=self._run, args=(job, context), name=f"job-{job.name}", daemon=True).start()

    def _run(self, job: ClaimedJob, context: JobContext[S]) -> None:
        try:
            self._runner.run(job, context)
        finally:
            with self._changed:
                del self._running[job.id, job.lease_token]
                self._changed.notify_all()
            self._bell.set()

    def _heartbeat_loop(self) -> None:
        while not self._ended.wait(self._lease_seconds / 3):
            keep_going("extend leases", self._heartbeat)

    def _heartbeat(self) -> None:
        with self._changed:
            running = list(self._running.values())
        if not running:
            return
        flags = self._database.write_now(lease.extend, [claimed for claimed, _ in running], self._lease_seconds)
        for (_, context), flag in zip(running, flags, strict=True):
            if flag is None:
                context.mark_lost()
            elif flag:
                context.mark_cancelled()


def default_owner() -> str:
    """A name that tells people which process holds a lease, and differs between runs."""
    return f"{socket.gethostname()[:64]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
