"""Every node tries to make a tick's job; one of them does."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from pierhead.platform import jobs
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database
from pierhead.platform.errors import ConfigurationError, NotFound
from pierhead.platform.jobs import JobResult, JobState, Schedule, Worker
from pierhead.platform.jobs.schedule import enqueue_due
from tests.platform.jobs.jobs_for_tests import Notes, Tick, break_down, new_registry

HOURLY = Schedule("hourly", 3600, Tick())


def new_worker(database: Database, notes: Notes) -> Worker[Notes]:
    return Worker(database, new_registry(), notes, schedules=[HOURLY])


def test_all_nodes_compute_the_same_ticks() -> None:
    tick = HOURLY.latest_tick(datetime(2026, 1, 1, 12, 0, tzinfo=UTC))

    assert HOURLY.latest_tick(tick) == tick
    assert HOURLY.latest_tick(tick + timedelta(seconds=3599)) == tick
    assert HOURLY.latest_tick(tick + timedelta(seconds=3600)) == tick + timedelta(hours=1)
    assert HOURLY.latest_tick(tick - timedelta(microseconds=1)) == tick - timedelta(hours=1)


def test_a_schedule_runs_once_each_time(database: Database, clock: ManualClock) -> None:
    notes = Notes()
    workers = [new_worker(database, notes), new_worker(database, notes)]

    for _ in range(3):
        for worker in (*workers, *workers):
            worker.run_due()
        clock.advance(hours=1)

    assert len(notes.ran) == len(set(notes.ran)) == 3


def test_ticks_that_nobody_saw_are_not_made_up_for(database: Database, clock: ManualClock) -> None:
    notes = Notes()
    worker = new_worker(database, notes)
    worker.run_due()
    clock.advance(days=2)

    worker.run_due()

    assert len(notes.ran) == 2


def test_one_of_many_nodes_makes_the_job(database_url: str, clock: ManualClock) -> None:
    nodes = [Database(database_url, clock=clock, read_threads=1, write_threads=2, synchronous="NORMAL") for _ in range(3)]
    gate = threading.Barrier(6)
    found: list[dict[str, datetime]] = []

    def attempt(node: Database) -> None:
        gate.wait(20)
        found.append(node.write_now(enqueue_due, [HOURLY]))

    threads = [threading.Thread(target=attempt, args=(node,)) for node in (*nodes, *nodes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(nodes[0].read_now(jobs.list_jobs)) == 1
    assert found == [{"hourly": HOURLY.latest_tick(clock.now())}] * 6
    for node in nodes:
        node.close()


def test_a_schedule_waits_for_its_last_job(database: Database, clock: ManualClock) -> None:
    assert database.write_now(enqueue_due, [HOURLY]) != {}
    clock.advance(hours=1)
    assert database.write_now(enqueue_due, [HOURLY]) == {}

    notes = Notes()
    new_worker(database, notes).run_due()

    assert len(notes.ran) == 2


def test_the_end_of_the_last_run_is_recorded(database: Database, clock: ManualClock) -> None:
    notes = Notes()
    worker = new_worker(database, notes)
    worker.run_due()
    (row,) = database.read_now(jobs.list_schedules)
    assert (row.name, row.result, row.error, row.started_at) == ("hourly", JobResult.DONE, None, clock.now())
    assert row.duration_seconds is not None

    notes.deeds["tick"] = break_down
    clock.advance(hours=1)
    worker.run_due()

    (row,) = database.read_now(jobs.list_schedules)
    assert row.result is JobResult.DEAD
    assert row.error is not None
    assert "the \\0 pipe burst" in row.error


def test_a_dead_job_does_not_stop_its_schedule(database: Database, clock: ManualClock) -> None:
    notes = Notes(deeds={"tick": break_down})
    worker = new_worker(database, notes)

    for _ in range(2):
        worker.run_due()
        clock.advance(hours=1)

    assert len(database.read_now(jobs.list_jobs, state=JobState.DEAD)) == 2


def test_a_paused_schedule_makes_no_job_until_it_goes_on(database: Database, clock: ManualClock) -> None:
    notes = Notes()
    worker = new_worker(database, notes)
    worker.run_due()
    database.write_now(jobs.pause, "hourly", paused=True)
    clock.advance(hours=1)
    worker.run_due()
    assert len(notes.ran) == 1

    database.write_now(jobs.pause, "hourly", paused=False)
    worker.run_due()

    assert len(notes.ran) == 2
    with pytest.raises(NotFound):
        database.write_now(jobs.pause, "never heard of", paused=True)


def test_a_schedule_can_be_run_by_hand(database: Database) -> None:
    notes = Notes()
    worker = new_worker(database, notes)
    worker.run_due()

    assert database.write_now(jobs.run_now, HOURLY)
    assert not database.write_now(jobs.run_now, HOURLY)
    worker.run_due()

    assert notes.ran[1:] == ["hourly@hand"]


def test_a_schedule_that_never_waits_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="at least 1 second"):
        Schedule("always", 0, Tick())


def test_dead_jobs_are_removed_after_their_time(database: Database, clock: ManualClock) -> None:
    notes = Notes(deeds={"tick": break_down})
    database.write_now(jobs.enqueue, Tick())
    registry: jobs.JobRegistry[Notes] = jobs.JobRegistry([Tick, jobs.RemoveDeadJobs])
    worker = Worker(database, registry, notes)
    worker.run_due()
    clock.advance(days=6)

    database.write_now(jobs.enqueue, jobs.RemoveDeadJobs())
    worker.run_due()
    assert len(database.read_now(jobs.list_jobs)) == 1

    clock.advance(days=2)
    database.write_now(jobs.enqueue, jobs.RemoveDeadJobs())
    worker.run_due()
    assert database.read_now(jobs.list_jobs) == []
