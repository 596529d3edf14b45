"""Events reach each subscriber at least once, if and only if their transaction was committed."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from pierhead.platform import jobs, outbox
from pierhead.platform.clock import ManualClock, to_milliseconds
from pierhead.platform.database import Database, UnitOfWork
from pierhead.platform.errors import ConfigurationError
from pierhead.platform.jobs import JobContext, JobRegistry, JobState, Worker
from pierhead.platform.outbox import Dispatcher, Event, EventJob, RemoveDispatchedEvents
from pierhead.platform.outbox.store import count_waiting


@dataclass
class Heard:
    """The services of the subscribers: what they heard."""

    words: list[tuple[str, str, str]] = field(default_factory=list)  # subscriber, event id, word


@dataclass(frozen=True)
class Said(Event):
    """Somebody said a word."""

    name: ClassVar[str] = "said"
    word: str


@dataclass(frozen=True)
class Sighed(Event):
    """Nobody cares."""

    name: ClassVar[str] = "sighed"


@dataclass(frozen=True)
class Listen(EventJob[Heard]):
    """One subscriber."""

    name: ClassVar[str] = "listen"
    event: Said

    def run(self, context: JobContext[Heard]) -> None:
        context.services.words.append((self.name, self.event_id, self.event.word))


@dataclass(frozen=True)
class Overhear(EventJob[Heard]):
    """Another subscriber."""

    name: ClassVar[str] = "overhear"
    event: Said

    def run(self, context: JobContext[Heard]) -> None:
        context.services.words.append((self.name, self.event_id, self.event.word))


def new_dispatcher() -> Dispatcher:
    return Dispatcher([Said, Sighed], {Said: [Listen, Overhear]})


def new_worker(database: Database, heard: Heard) -> Worker[Heard]:
    return Worker(database, JobRegistry([Listen, Overhear, RemoveDispatchedEvents]), heard, feeders=[new_dispatcher()])


def waiting(database: Database) -> int:
    return database.read_now(lambda work: count_waiting(work.connection))


@pytest.fixture
def other(database_url: str, clock: ManualClock) -> Iterator[Database]:
    """The same database, opened by another node."""
    opened = Database(database_url, clock=clock, read_threads=1, write_threads=1, synchronous="NORMAL")
    yield opened
    opened.close()


def test_every_subscriber_hears_an_event_once(database: Database) -> None:
    heard = Heard()
    event_id = database.write_now(outbox.emit, Said("hello"))

    worker = new_worker(database, heard)
    assert (worker.run_due(), worker.run_due()) == (2, 0)

    assert sorted(heard.words) == [("listen", event_id, "hello"), ("overhear", event_id, "hello")]
    assert waiting(database) == 0


def test_an_event_of_a_failed_transaction_is_never_heard(database: Database) -> None:
    def fail(work: UnitOfWork) -> None:
        outbox.emit(work, Said("hello"))
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        database.write_now(fail)

    assert waiting(database) == 0
    assert new_worker(database, Heard()).run_due() == 0


def test_an_event_survives_the_death_of_its_process_before_the_dispatch(database: Database, database_url: str, clock: ManualClock) -> None:
    database.write_now(outbox.emit, Said("last words"))
    database.close()

    successor = Database(database_url, clock=clock, synchronous="NORMAL")
    heard = Heard()
    new_worker(successor, heard).run_due()
    successor.close()

    assert [word for _, _, word in heard.words] == ["last words"] * 2


def test_two_dispatchers_at_once_make_each_job_once(database: Database, other: Database) -> None:
    for number in range(250):
        database.write_now(outbox.emit, Said(str(number)))
    gate = threading.Barrier(2)

    def dispatch(node: Database) -> None:
        dispatcher = new_dispatcher()
        gate.wait(20)
        while node.write_now(dispatcher):
            pass

    threads = [threading.Thread(target=dispatch, args=(node,)) for node in (database, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert waiting(database) == 0
    assert database.read_now(jobs.count_by_state) == {("default", JobState.QUEUED): 500}


def test_a_subscriber_is_told_when_the_event_happened(database: Database, clock: ManualClock) -> None:
    moment = clock.now()
    database.write_now(outbox.emit, Said("hello"))
    clock.advance(hours=1)
    database.write_now(new_dispatcher())

    (first, _) = database.read_now(jobs.list_jobs)

    job = JobRegistry([Listen, Overhear]).decode(first.name, first.payload)
    assert isinstance(job, Listen | Overhear)
    assert (job.event_name, job.emitted_at_ms, job.event) == ("said", to_milliseconds(moment), Said("hello"))
    assert first.key == f"{job.name}:{job.event_id}"


def test_an_event_that_nobody_subscribes_to_is_done_at_once(database: Database) -> None:
    database.write_now(outbox.emit, Sighed())

    database.write_now(new_dispatcher())

    assert waiting(database) == 0
    assert database.read_now(jobs.list_jobs) == []


def test_an_event_of_a_later_release_waits_for_its_node(database: Database) -> None:
    database.write_now(outbox.emit, Said("hello"))

    assert database.write_now(Dispatcher([Sighed], {})) == 0

    assert waiting(database) == 1


def test_dispatched_events_are_removed_after_their_time(database: Database, clock: ManualClock) -> None:
    worker = new_worker(database, Heard())
    database.write_now(outbox.emit, Said("hello"))
    worker.run_due()
    remaining = database.read_now(lambda work: work.connection.exec_driver_sql("SELECT count(*) FROM outbox_event").scalar_one())
    assert remaining == 1
    clock.advance(days=2)

    database.write_now(jobs.enqueue, RemoveDispatchedEvents())
    worker.run_due()

    remaining = database.read_now(lambda work: work.connection.exec_driver_sql("SELECT count(*) FROM outbox_event").scalar_one())
    assert remaining == 0


def test_wrong_lists_of_events_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="Two events are called said"):
        Dispatcher([Said, Said], {})
    with pytest.raises(ConfigurationError, match="is not listed"):
        Dispatcher([], {Said: [Listen]})
    with pytest.raises(ConfigurationError, match="subscribes twice"):
        Dispatcher([Said], {Said: [Listen, Listen]})
