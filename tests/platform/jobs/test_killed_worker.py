"""A worker that is killed in the middle of a job loses nothing: another takes the job over after its lease."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pierhead.platform import jobs
from pierhead.platform.clock import SystemClock
from pierhead.platform.database import Database, UnitOfWork
from tests.platform.jobs.worker_program import Deed
from tests.services.tools import ROOT

_LEASE_SECONDS = 2.5
_QUICK = [f"quick-{number}" for number in range(30)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "log"
    file.touch()
    return file


@pytest.fixture
def workers(database_url: str, log: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two worker processes."""
    command = [sys.executable, str(Path(__file__).with_name("worker_program.py")), database_url, str(log), str(_LEASE_SECONDS)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) for _ in range(2)]
    yield started
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The test's own connection, with the time that the workers see."""
    opened = Database(database_url, clock=SystemClock(), read_threads=1, write_threads=1)
    yield opened
    opened.close()


def wait_for(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(3000):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("it did not happen within a minute")


def read_log(log: Path) -> list[tuple[str, str, int, int]]:
    """What the jobs wrote: event, word, process, attempt."""
    lines = (line.split() for line in log.read_text().splitlines())
    return [(event, word, int(process), int(attempt)) for event, word, process, attempt in lines]


def enqueue_all(work: UnitOfWork, deeds: list[Deed]) -> None:
    for deed in deeds:
        jobs.enqueue(work, deed, key=deed.word)


def test_the_jobs_of_a_killed_worker_are_done_by_another(database: Database, workers: list[subprocess.Popen[bytes]], log: Path) -> None:
    long = Deed("long", seconds=2 * _LEASE_SECONDS)
    database.write_now(enqueue_all, [Deed("victim", hangs_at_first=True), *map(Deed, _QUICK[:15])])
    wait_for(lambda: any(entry[:2] == ("start", "victim") for entry in read_log(log)))
    (killed,) = [process for event, word, process, _ in read_log(log) if (event, word) == ("start", "victim")]

    os.kill(killed, signal.SIGKILL)
    database.write_now(enqueue_all, [long, *map(Deed, _QUICK[15:])])
    wait_for(lambda: database.read_now(jobs.list_jobs) == [])

    entries = read_log(log)
    assert {word for event, word, _, _ in entries if event == "finish"} == {"victim", "long", *_QUICK}
    assert [attempt for event, word, _, attempt in entries if (event, word) == ("start", "victim")] == [1, 2]
    (survivor,) = [worker for worker in workers if worker.pid != killed]
    assert ("finish", "victim", survivor.pid, 2) in entries
    # The lease of a living worker's job is kept alive, however long the job takes.
    assert [entry for entry in entries if entry[1] == "long"] == [("start", "long", survivor.pid, 1), ("finish", "long", survivor.pid, 1)]


def test_a_worker_that_is_told_to_stop_leaves_nothing_behind(database: Database, workers: list[subprocess.Popen[bytes]], log: Path) -> None:
    database.write_now(enqueue_all, [Deed(word, seconds=0.01) for word in _QUICK])
    wait_for(lambda: len(read_log(log)) > 10)

    workers[0].communicate(timeout=60)
    wait_for(lambda: database.read_now(jobs.list_jobs) == [])

    assert workers[0].returncode == 0
    assert sorted(word for event, word, _, _ in read_log(log) if event == "finish") == sorted(_QUICK)
