"""Units of work keep what they promise, on both engines."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database, UnitOfWork
from pierhead.platform.errors import NotFound


@pytest.fixture
def scratch(database: Database) -> Database:
    """A database with a table for these tests."""
    database.write_now(execute, "CREATE TABLE scratch (word VARCHAR(20) PRIMARY KEY)")
    return database


def execute(work: UnitOfWork, statement: str) -> None:
    work.connection.exec_driver_sql(statement)


def add(work: UnitOfWork, word: str) -> str:
    execute(work, f"INSERT INTO scratch VALUES ('{word}')")
    return word


def add_and_fail(work: UnitOfWork, word: str) -> None:
    add(work, word)
    raise NotFound("This unit fails.")


def words(database: Database) -> list[str]:
    return database.read_now(lambda work: list(work.connection.exec_driver_sql("SELECT word FROM scratch ORDER BY word").scalars()))


def test_a_unit_is_there_when_its_write_returns(scratch: Database) -> None:
    assert scratch.write_now(add, "a") == "a"

    assert words(scratch) == ["a"]


def test_an_error_rolls_the_whole_unit_back_and_reaches_the_caller(scratch: Database) -> None:
    with pytest.raises(NotFound, match="This unit fails"):
        scratch.write_now(add_and_fail, "a")

    assert words(scratch) == []


def test_a_broken_statement_does_not_spoil_the_next_unit(scratch: Database) -> None:
    with pytest.raises(Exception, match="nonsense"):
        scratch.write_now(execute, "nonsense")

    scratch.write_now(add, "a")
    assert words(scratch) == ["a"]


def test_a_failing_unit_leaves_its_neighbours_alone(scratch: Database) -> None:
    gate = threading.Event()
    with ThreadPoolExecutor(8) as callers:
        holding = [callers.submit(scratch.write_now, lambda _work: gate.wait(20)) for _ in range(2)]  # so that the others wait together
        good = [callers.submit(scratch.write_now, add, word) for word in "ab"]
        bad = callers.submit(scratch.write_now, add_and_fail, "x")
        good.append(callers.submit(scratch.write_now, add, "c"))
        gate.set()

        assert [future.result(20) for future in holding] == [True, True]
        assert [future.result(20) for future in good] == ["a", "b", "c"]
        with pytest.raises(NotFound):
            bad.result(20)
    assert words(scratch) == ["a", "b", "c"]


def test_callbacks_run_after_the_commit_and_never_after_a_rollback(scratch: Database) -> None:
    seen: list[str] = []

    def unit(work: UnitOfWork, word: str, *, fails: bool) -> None:
        work.after_commit(lambda: seen.append(word))
        add(work, word)
        assert not seen
        if fails:
            raise NotFound("no")

    with pytest.raises(NotFound):
        scratch.write_now(unit, "a", fails=True)
    scratch.write_now(unit, "b", fails=False)

    assert seen == ["b"]


def fail_to_call_back() -> None:
    raise KeyError("callback")


def test_a_callback_that_raises_does_not_stop_the_database(scratch: Database) -> None:
    def unit(work: UnitOfWork) -> None:
        add(work, "a")
        work.after_commit(fail_to_call_back)

    with pytest.raises(KeyError):
        scratch.write_now(unit)

    scratch.write_now(add, "b")
    assert words(scratch) == ["a", "b"]


def test_the_doorbell_rings_once_for_a_committed_unit(scratch: Database) -> None:
    bell = threading.Event()
    scratch.doorbell.attach(bell)

    def unit(work: UnitOfWork, *, fails: bool) -> None:
        work.ring_after_commit()
        work.ring_after_commit()
        if fails:
            raise NotFound("no")

    with pytest.raises(NotFound):
        scratch.write_now(unit, fails=True)
    assert not bell.is_set()

    scratch.write_now(unit, fails=False)
    assert bell.is_set()

    bell.clear()
    scratch.doorbell.detach(bell)
    scratch.write_now(unit, fails=False)
    assert not bell.is_set()


def test_every_unit_is_stamped_by_the_clock(database: Database, clock: ManualClock) -> None:
    clock.advance(days=1)

    assert database.write_now(lambda work: (work.now, work.now_ms)) == (clock.now(), int(clock.now().timestamp() * 1000))


async def read_and_write(database: Database) -> list[str]:
    added = await asyncio.gather(*(database.write(add, word) for word in "abc"))
    assert added == ["a", "b", "c"]
    return await database.read(lambda work: list(work.connection.exec_driver_sql("SELECT word FROM scratch").scalars()))


def test_coroutines_read_and_write(scratch: Database) -> None:
    assert sorted(asyncio.run(read_and_write(scratch))) == ["a", "b", "c"]


async def write_and_cancel(database: Database, begun: threading.Event, go_on: threading.Event) -> None:
    def unit(work: UnitOfWork) -> None:
        begun.set()
        go_on.wait(20)
        add(work, "a")

    task = asyncio.create_task(database.write(unit))
    await asyncio.to_thread(begun.wait, 20)
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_caller_that_goes_away_does_not_stop_its_unit(scratch: Database) -> None:
    asyncio.run(write_and_cancel(scratch, threading.Event(), threading.Event()))

    scratch.write_now(add, "b")
    assert words(scratch) == ["a", "b"]


def test_a_closed_database_refuses_at_once(database_url: str, clock: ManualClock) -> None:
    closed = Database(database_url, clock=clock)
    closed.close()

    with pytest.raises(RuntimeError):
        closed.write_now(lambda _work: None)
    with pytest.raises(RuntimeError):
        closed.read_now(lambda _work: None)
