"""A worker runs what is due, tries again what fails, and stops without losing anything."""

import random
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from pierhead.platform import jobs
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database
from pierhead.platform.jobs import JobMetrics, JobState, QueueDepthCollector, Worker
from pierhead.platform.jobs.lease import Claimer
from pierhead.platform.jobs.model import retry_delay
from tests.platform.jobs.jobs_for_tests import Note, Notes, break_down, new_registry, postpone, wait_until_told_to_stop

NewWorker = Callable[..., Worker[Notes]]


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def new_worker(database: Database, notes: Notes) -> Iterator[NewWorker]:
    """Makes workers; those that were started are stopped at the end."""
    made: list[Worker[Notes]] = []

    def make(*, start: bool = False, on: Database = database, lease_seconds: float = 30.0, poll_seconds: float = 0.05) -> Worker[Notes]:
        worker = Worker(on, new_registry(), notes, lease_seconds=lease_seconds, poll_seconds=poll_seconds, chance=random.Random(1))
        if start:
            made.append(worker)
            worker.start()
        return worker

    yield make
    for worker in made:
        worker.stop(5)


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Until the condition holds."""
    pause = threading.Event()
    for _ in range(int(seconds * 100)):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not happen in time")


def test_a_started_worker_runs_what_is_enqueued_later(database: Database, notes: Notes, new_worker: NewWorker) -> None:
    new_worker(start=True, poll_seconds=30)  # so that only the doorbell can wake it

    for word in "abc":
        database.write_now(jobs.enqueue, Note(word))

    wait_for(lambda: sorted(notes.ran) == ["a", "b", "c"])
    wait_for(lambda: database.read_now(jobs.list_jobs) == [])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_wakes_the_workers_of_other_nodes(database_url: str, database: Database, notes: Notes, new_worker: NewWorker) -> None:
    new_worker(start=True, poll_seconds=3600)
    listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' AND datname = current_database()"
    wait_for(lambda: bool(database.read_now(lambda work: work.connection.exec_driver_sql(listening).scalar_one())))
    node = Database(database_url, clock=database.clock)

    node.write_now(jobs.enqueue, Note("from afar"))

    wait_for(lambda: notes.ran == ["from afar"])
    node.close()


def test_a_failing_job_is_tried_again_later_and_later_and_then_kept(
    database: Database, notes: Notes, clock: ManualClock, new_worker: NewWorker
) -> None:
    notes.deeds["a"] = break_down
    database.write_now(jobs.enqueue, Note("a"), key="a")
    worker = new_worker()

    pauses = []
    while worker.run_due() and (waiting := database.read_now(jobs.list_jobs, state=JobState.QUEUED)):
        assert waiting[0].run_at is not None
        pauses.append(waiting[0].run_at - clock.now())
        assert worker.run_due() == 0
        clock.advance(seconds=pauses[-1].total_seconds())

    assert timedelta(seconds=10) <= pauses[0] < timedelta(seconds=13) < timedelta(seconds=20) <= pauses[1] < timedelta(seconds=26)
    assert notes.ran == ["a"] * 3
    (dead,) = database.read_now(jobs.list_jobs)
    assert dead.state is JobState.DEAD
    assert dead.last_error is not None
    assert dead.last_error.startswith("ValueError: the \\0 pipe burst")


def test_a_dead_job_that_is_run_again_can_succeed(database: Database, notes: Notes, clock: ManualClock, new_worker: NewWorker) -> None:
    notes.deeds["a"] = break_down
    database.write_now(jobs.enqueue, Note("a"), key="a")
    worker = new_worker()
    while worker.run_due():
        clock.advance(hours=1)
    del notes.deeds["a"]

    database.write_now(jobs.run_again, "a")
    worker.run_due()

    assert database.read_now(jobs.find_job, "a") is None


def test_the_pause_before_a_retry_is_bounded() -> None:
    pauses = [retry_delay(n, first_seconds=10, longest_seconds=3600, chance=random.Random(n)) for n in (1, 2, 5, 20, 10_000)]

    assert pauses == sorted(pauses[:3]) + pauses[3:]
    assert all(pause <= timedelta(seconds=4500) for pause in pauses)


def test_a_postponed_job_loses_no_attempt(database: Database, notes: Notes, clock: ManualClock, new_worker: NewWorker) -> None:
    notes.deeds["a"] = postpone
    database.write_now(jobs.enqueue, Note("a"), key="a")
    worker = new_worker()

    for _ in range(5):
        assert worker.run_due() == 1
        clock.advance(seconds=60)

    (waiting,) = database.read_now(jobs.list_jobs)
    assert (waiting.state, waiting.attempts) == (JobState.QUEUED, 0)


def test_a_job_that_kills_every_worker_is_buried(database: Database, notes: Notes, clock: ManualClock, new_worker: NewWorker) -> None:
    database.write_now(jobs.enqueue, Note("a"), key="a")
    doomed = Claimer((Note.name,), {}, "a worker that dies at once", 30)
    for _ in range(Note.max_attempts):
        assert len(database.write_now(doomed.claim, None, 1)) == 1
        clock.advance(seconds=30)

    new_worker().run_due()

    assert notes.ran == []
    (dead,) = database.read_now(jobs.list_jobs)
    assert (dead.state, dead.attempts) == (JobState.DEAD, 3)


def test_a_running_job_is_told_that_it_was_cancelled(database: Database, notes: Notes, new_worker: NewWorker) -> None:
    begun = threading.Event()
    notes.deeds["a"] = wait_until_told_to_stop(begun)
    database.write_now(jobs.enqueue, Note("a"), key="a")
    new_worker(start=True, lease_seconds=0.3)
    assert begun.wait(20)

    database.write_now(jobs.cancel, "a")

    wait_for(lambda: database.read_now(jobs.find_job, "a") is None)
    assert notes.ran == ["a"]


def test_a_stopping_worker_waits_for_its_jobs(database: Database, notes: Notes, new_worker: NewWorker) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def deed(_context: object) -> None:
        begun.set()
        go_on.wait(20)

    notes.deeds["a"] = deed
    database.write_now(jobs.enqueue, Note("a"), key="a")
    worker = new_worker()
    worker.start()
    assert begun.wait(20)
    threading.Timer(0.1, go_on.set).start()

    worker.stop(20)

    assert database.read_now(jobs.list_jobs) == []


def test_a_stopping_worker_gives_back_what_does_not_end(database: Database, notes: Notes, new_worker: NewWorker) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def deed(_context: object) -> None:
        begun.set()
        go_on.wait(20)

    notes.deeds["a"] = deed
    database.write_now(jobs.enqueue, Note("a"), key="a")
    worker = new_worker()
    worker.start()
    assert begun.wait(20)

    worker.stop(0)

    (waiting,) = database.read_now(jobs.list_jobs)
    assert (waiting.state, waiting.attempts, waiting.run_at) == (JobState.QUEUED, 0, database.clock.now())
    go_on.set()
    wait_for(lambda: not any(thread.name == "job-note" for thread in threading.enumerate()))
    assert len(database.read_now(jobs.list_jobs)) == 1


def test_a_job_that_heeds_the_stop_runs_again_elsewhere(database: Database, notes: Notes, new_worker: NewWorker) -> None:
    begun = threading.Event()
    notes.deeds["a"] = wait_until_told_to_stop(begun)
    database.write_now(jobs.enqueue, Note("a"), key="a")
    worker = new_worker()
    worker.start()
    assert begun.wait(20)
    worker.stop(20)
    del notes.deeds["a"]

    assert new_worker().run_due() == 1

    assert notes.ran == ["a", "a"]


def test_attempts_and_waiting_jobs_are_metrics(database: Database, notes: Notes) -> None:
    page = CollectorRegistry()
    page.register(QueueDepthCollector(database))
    worker = Worker(database, new_registry(), notes, metrics=JobMetrics(page))
    notes.deeds["b"] = break_down
    for word in "ab":
        database.write_now(jobs.enqueue, Note(word))

    worker.run_due()

    assert page.get_sample_value("pierhead_job_attempts_total", {"job": "note", "result": "done"}) == 1
    assert page.get_sample_value("pierhead_job_attempts_total", {"job": "note", "result": "failed"}) == 1
    assert page.get_sample_value("pierhead_jobs", {"queue": "default", "state": "queued"}) == 1
