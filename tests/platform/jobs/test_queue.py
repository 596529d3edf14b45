"""The queue's contract: what is added once, claimed in order, leased, and never claimed by two."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from pierhead.platform import jobs
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database, UnitOfWork
from pierhead.platform.errors import ConfigurationError
from pierhead.platform.jobs import JobNotDead, JobNotFound, JobRegistry, JobState, lease
from pierhead.platform.jobs.lease import Claimer, Outcome
from pierhead.platform.jobs.model import ClaimedJob, JobResult
from tests.platform.jobs.jobs_for_tests import Narrow, Note, new_registry

_LEASE = 30.0


def new_claimer(owner: str = "first") -> Claimer:
    registry = new_registry()
    return Claimer(registry.names, registry.limits, owner, _LEASE)


def claim(database: Database, most: int = 1, *, group: str | None = None, owner: str = "first") -> list[ClaimedJob]:
    return database.write_now(new_claimer(owner).claim, group, most)


def add(database: Database, word: str, **options: Any) -> bool:
    return database.write_now(jobs.enqueue, Note(word), key=word, **options)


def settle(database: Database, claimed: ClaimedJob, result: JobResult = JobResult.DONE) -> JobResult:
    return database.write_now(lease.settle, claimed, Outcome(result, "no luck"), started_at=database.clock.now(), duration_seconds=0)


@pytest.fixture
def other(database_url: str, clock: ManualClock) -> Iterator[Database]:
    """The same database, opened by another node."""
    opened = Database(database_url, clock=clock, read_threads=1, write_threads=1, synchronous="NORMAL")
    yield opened
    opened.close()


def test_a_job_of_the_same_key_is_added_once(database: Database) -> None:
    assert add(database, "a")
    assert not add(database, "a")

    assert [job.key for job in database.read_now(jobs.list_jobs)] == ["a"]


def test_a_job_is_not_added_when_its_transaction_fails(database: Database) -> None:
    def fail(work: UnitOfWork) -> None:
        jobs.enqueue(work, Note("a"), key="a")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        database.write_now(fail)

    assert database.read_now(jobs.list_jobs) == []


def test_jobs_are_claimed_in_the_order_in_which_they_are_due(database: Database, clock: ManualClock) -> None:
    add(database, "late", delay_seconds=10)
    add(database, "early", delay_seconds=5)
    assert claim(database) == []

    clock.advance(seconds=20)

    assert [job.key for job in claim(database) + claim(database)] == ["early", "late"]


def test_a_claim_takes_no_more_than_it_asks_for(database: Database) -> None:
    for number in range(5):
        add(database, str(number))

    assert len(claim(database, 3)) == 3
    assert len(claim(database, 3)) == 2


def test_a_claimed_job_is_not_claimed_again_before_its_lease_ends(database: Database, other: Database, clock: ManualClock) -> None:
    add(database, "a")
    (first,) = claim(database)
    clock.advance(seconds=_LEASE - 1)
    assert claim(other, owner="second") == []

    clock.advance(seconds=1)
    (second,) = claim(other, owner="second")

    assert (first.attempts, second.attempts) == (1, 2)


def test_a_heartbeat_lengthens_the_lease(database: Database, clock: ManualClock) -> None:
    add(database, "a")
    (first,) = claim(database)
    clock.advance(seconds=20)

    assert database.write_now(lease.extend, [first], _LEASE) == [False]

    clock.advance(seconds=20)
    assert claim(database) == []


def test_a_worker_that_lost_its_lease_changes_nothing(database: Database, clock: ManualClock) -> None:
    add(database, "a")
    (first,) = claim(database)
    clock.advance(seconds=_LEASE)
    (second,) = claim(database, owner="second")

    assert database.write_now(lease.extend, [first], _LEASE) == [None]
    for result in (JobResult.DONE, JobResult.FAILED, JobResult.DEAD, JobResult.INTERRUPTED):
        assert settle(database, first, result) is JobResult.LOST
    assert database.write_now(lease.give_back, [first]) == 0

    assert settle(database, second) is JobResult.DONE
    assert database.read_now(jobs.list_jobs) == []


def test_a_worker_leaves_jobs_that_it_does_not_know(database: Database) -> None:
    add(database, "a")

    assert database.write_now(Claimer(("narrow",), {}, "old release", _LEASE).claim, None, 5) == []


def test_a_job_given_back_runs_at_once_and_has_lost_no_attempt(database: Database) -> None:
    add(database, "a")

    assert database.write_now(lease.give_back, claim(database)) == 1

    (again,) = claim(database, owner="second")
    assert again.attempts == 1


def test_no_more_jobs_of_a_queue_run_than_its_limit(database: Database, other: Database, clock: ManualClock) -> None:
    for word in "abcd":
        database.write_now(jobs.enqueue, Narrow(word), key=word)
    assert claim(database, 9) == []

    first = claim(database, 9, group="narrow")
    assert [len(first), len(claim(other, 9, group="narrow"))] == [2, 0]

    settle(database, first[0])
    assert len(claim(other, 9, group="narrow")) == 1

    clock.advance(seconds=_LEASE)
    assert len(claim(other, 9, group="narrow")) == 2


def test_cancelling_a_waiting_job_removes_it(database: Database) -> None:
    add(database, "a")

    database.write_now(jobs.cancel, "a")

    assert database.read_now(jobs.find_job, "a") is None
    with pytest.raises(JobNotFound):
        database.write_now(jobs.cancel, "a")


def test_the_heartbeat_of_a_running_job_reads_that_it_was_cancelled(database: Database) -> None:
    add(database, "a")
    (running,) = claim(database)

    database.write_now(jobs.cancel, "a")

    assert database.write_now(lease.extend, [running], _LEASE) == [True]


def test_a_dead_job_is_kept_and_can_be_run_again(database: Database, clock: ManualClock) -> None:
    add(database, "a")
    (claimed,) = claim(database)
    settle(database, claimed, JobResult.DEAD)
    clock.advance(days=1)
    assert claim(database) == []
    (dead,) = database.read_now(jobs.list_jobs, state=JobState.DEAD)
    assert (dead.key, dead.last_error, dead.attempts) == ("a", "no luck", dead.max_attempts)

    database.write_now(jobs.run_again, "a")

    (again,) = claim(database)
    assert again.attempts == 1


def test_only_a_dead_job_can_be_run_again(database: Database) -> None:
    add(database, "a")

    with pytest.raises(JobNotDead):
        database.write_now(jobs.run_again, "a")
    with pytest.raises(JobNotFound):
        database.write_now(jobs.run_again, "b")


def test_jobs_are_listed_page_by_page(database: Database) -> None:
    for word in "abc":
        add(database, word)

    first = database.read_now(jobs.list_jobs, limit=2)
    second = database.read_now(jobs.list_jobs, after_id=first[-1].id, limit=2)

    assert [job.key for job in (*first, *second)] == ["a", "b", "c"]


def test_jobs_are_counted_by_queue_and_state(database: Database, clock: ManualClock) -> None:
    for word in "abc":
        add(database, word)
    claim(database)

    assert database.read_now(jobs.count_by_state) == {("default", JobState.QUEUED): 2, ("default", JobState.RUNNING): 1}
    (running,) = database.read_now(jobs.list_jobs, state=JobState.RUNNING)
    assert running.run_at == clock.now() + timedelta(seconds=_LEASE)
    assert running.lease_owner == "first"


def test_two_jobs_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="Two jobs are called note"):
        JobRegistry([Note, Note])
