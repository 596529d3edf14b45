"""What happens when the database's surroundings fail: locks, lost connections, full disks."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pierhead.platform.clock import ManualClock, SystemClock
from pierhead.platform.database import Database, NodeListener, UnitOfWork
from pierhead.platform.errors import StorageFull, Unavailable
from tests.services.databases import create_schema
from tests.services.tools import ROOT, find_tool, refuse_test

_PROCESSES = 3
_UNITS = 200

only_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def execute(work: UnitOfWork, statement: str) -> None:
    work.connection.exec_driver_sql(statement)


def scalar(work: UnitOfWork, statement: str) -> int:
    return int(work.connection.exec_driver_sql(statement).scalar_one())


def cut_connections(database_url: str) -> None:
    """Do what a restart of PostgreSQL does to its clients."""
    surgeon = Database(database_url, clock=SystemClock(), read_threads=1)
    surgeon.read_now(
        execute,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    surgeon.close()


def test_processes_that_write_at_once_wait_for_each_other(database: Database, database_url: str) -> None:
    database.write_now(execute, "CREATE TABLE counter (number INTEGER)")
    database.write_now(execute, "INSERT INTO counter VALUES (0)")
    command = [sys.executable, str(Path(__file__).with_name("writer_program.py")), database_url, str(_UNITS)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    writers = [subprocess.Popen(command, stderr=subprocess.PIPE, env=environment) for _ in range(_PROCESSES)]
    complaints = [writer.communicate(timeout=120)[1] for writer in writers]

    assert complaints == [b""] * _PROCESSES
    assert [writer.returncode for writer in writers] == [0] * _PROCESSES
    assert database.read_now(scalar, "SELECT number FROM counter") == _PROCESSES * _UNITS


@only_postgresql
def test_a_read_survives_the_loss_of_its_connection(database: Database, database_url: str) -> None:
    for _ in range(4):  # every thread has opened its connection
        database.read_now(scalar, "SELECT 1")
    cut_connections(database_url)

    assert [database.read_now(scalar, "SELECT 1") for _ in range(4)] == [1] * 4


@only_postgresql
def test_a_write_that_loses_its_connection_is_refused_and_the_next_one_works(database: Database, database_url: str) -> None:
    database.write_now(execute, "CREATE TABLE counter (number INTEGER)")

    def unit(work: UnitOfWork) -> None:
        execute(work, "INSERT INTO counter VALUES (1)")
        cut_connections(database_url)
        execute(work, "INSERT INTO counter VALUES (2)")

    with pytest.raises(Unavailable, match="does not answer"):
        database.write_now(unit)

    database.write_now(execute, "INSERT INTO counter VALUES (3)")
    assert database.read_now(scalar, "SELECT sum(number) FROM counter") == 3


@only_postgresql
def test_writers_whose_idle_connections_were_cut_work_again(database: Database, database_url: str) -> None:
    gate = threading.Barrier(2)
    threads = [threading.Thread(target=database.write_now, args=(lambda _work: gate.wait(20),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cut_connections(database_url)

    for _ in range(4):
        database.write_now(execute, "SELECT 1")


@only_postgresql
def test_the_victim_of_a_deadlock_is_run_again(database: Database) -> None:
    database.write_now(execute, "CREATE TABLE counter (name VARCHAR(1), number INTEGER)")
    database.write_now(execute, "INSERT INTO counter VALUES ('a', 0), ('b', 0)")
    met = threading.Barrier(2)
    runs: list[str] = []

    def unit(work: UnitOfWork, first: str, second: str) -> None:
        runs.append(first)
        execute(work, f"UPDATE counter SET number = number + 1 WHERE name = '{first}'")
        if runs.count(first) == 1:
            met.wait(20)
        execute(work, f"UPDATE counter SET number = number + 1 WHERE name = '{second}'")

    threads = [threading.Thread(target=database.write_now, args=(unit, *names)) for names in ("ab", "ba")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # At least one unit ran again; PostgreSQL may pick a victim again when the second run is quicker than the waiting unit.
    assert len(runs) >= 3
    assert database.read_now(scalar, "SELECT min(number) FROM counter") == 2
    assert database.read_now(scalar, "SELECT max(number) FROM counter") == 2


@only_postgresql
def test_the_listener_connects_again(database: Database, database_url: str) -> None:
    bell = threading.Event()
    database.doorbell.attach(bell)
    listener = NodeListener(database.engine, database.doorbell, retry_seconds=0.01)
    listener.start()
    assert bell.wait(20)
    bell.clear()

    cut_connections(database_url)
    assert bell.wait(20)

    bell.clear()
    other = Database(database_url, clock=database.clock)
    other.write_now(lambda work: work.ring_after_commit())
    assert bell.wait(20)
    other.close()
    listener.stop()


def test_a_database_that_cannot_be_opened_fails_at_once(tmp_path: Path, clock: ManualClock) -> None:
    absent = Database(f"sqlite:///{tmp_path}/absent/pierhead.db", clock=clock)

    for _ in range(2):
        with pytest.raises(Unavailable, match="cannot be opened"):
            absent.write_now(execute, "SELECT 1")
        with pytest.raises(Unavailable, match="cannot be opened"):
            absent.read_now(execute, "SELECT 1")
    absent.close()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount, unmount = find_tool("mount"), find_tool("umount")
    if mount is None or unmount is None:
        refuse_test("mount", package="Debian: mount")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run([unmount, folder], check=True)


def fill(database: Database) -> None:
    for _ in range(100):
        database.write_now(execute, f"INSERT INTO scratch VALUES ('{'x' * 50_000}')")


def test_a_full_disk_is_told_and_harms_nothing_that_was_stored(tiny_disk: Path, clock: ManualClock) -> None:
    url = f"sqlite:///{tiny_disk}/pierhead.db"
    create_schema(url)
    database = Database(url, clock=clock)
    database.write_now(execute, "CREATE TABLE scratch (filling TEXT)")
    database.write_now(execute, "INSERT INTO scratch VALUES ('kept')")
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(b"\0" * 256 * 1024)

    with pytest.raises(StorageFull):
        fill(database)
    stored = database.read_now(scalar, "SELECT count(*) FROM scratch")
    with pytest.raises(StorageFull):
        database.write_now(execute, f"INSERT INTO scratch VALUES ('{'y' * 400_000}')")

    assert database.read_now(scalar, "SELECT count(*) FROM scratch") == stored
    ballast.unlink()
    database.write_now(execute, "INSERT INTO scratch VALUES ('after')")
    assert database.read_now(scalar, "SELECT count(*) FROM scratch") == stored + 1
    database.close()
