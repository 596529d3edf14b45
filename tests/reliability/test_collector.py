"""The short version of `python -m bench collector`: traffic beside the collector, and collectors that are killed all the time.

A client that is slower than the grace pushes again, so the tests hold however slow the machine is.
"""

import random
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.authentication import Account
from bench.collecting.proof import Effort, Outcome, Scene, run_proof, set_window
from bench.wire import Endpoint
from tests.house.source import ROOT
from tests.services.server import PASSWORD, PierheadServer

_HOLD, _GRACE, _WINDOW = 3, 2, 2  # seconds
_SETTINGS = {"PIERHEAD_REGISTRY_PUSH_HOLD_SECONDS": str(_HOLD), "PIERHEAD_COLLECTOR_GRACE_SECONDS": str(_GRACE)}
_EFFORT = Effort(seconds=6, actors=3, tags=4, sizes=(4096, 70_000, 1_100_000))
_LONGEST_LIFE = 0.5  # seconds of a collector that is killed


@contextmanager
def _serve(folder: Path, url: str | None, more: Mapping[str, str]) -> Iterator[PierheadServer]:
    with PierheadServer(folder, workers=2, database_url=url, environment={**_SETTINGS, **more}) as server:
        server.create_user("ada")
        set_window(url or f"sqlite:///{server.data / 'pierhead.db'}", _WINDOW)
        yield server


def _prove(server: PierheadServer) -> Outcome:
    repositories = tuple(f"ada/app{number}" for number in range(3))
    scene = Scene(
        Endpoint("127.0.0.1", server.port, authority=server.address),
        Account("ada", PASSWORD),
        server.data / "storage" / "blobs",
        _HOLD,
        _GRACE,
        _WINDOW,
        repositories,
    )
    return run_proof(scene, _EFFORT, say=lambda _line: None, drain=lambda: _collect(server))


def _collect(server: PierheadServer) -> None:
    server.command("gc")


def _check(outcome: Outcome, server: PierheadServer) -> None:
    assert (outcome.failures, outcome.missing, outcome.surplus) == ([], [], []), server.log_tail()
    assert outcome.stored_bytes == outcome.needed_bytes
    assert outcome.actions["push"] > 0
    assert "Traceback" not in server.log_text()


def test_traffic_beside_the_collector_loses_nothing_and_leaves_nothing(server_url: str | None, tmp_path: Path) -> None:
    with _serve(tmp_path, server_url, {}) as server:
        _check(_prove(server), server)


@pytest.fixture
def stopped() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def _kill_collectors(server: PierheadServer, url: str | None, stopped: threading.Event, killed: list[float]) -> None:
    """Start collectors and kill each at a random moment of its work."""
    chance = random.Random(1)
    environment = {**_SETTINGS, "PIERHEAD_DATA_DIR": str(server.data), "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    if url is not None:
        environment["PIERHEAD_DATABASE_URL"] = url
    while not stopped.is_set():
        with subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.collecting"], env=environment, cwd=ROOT, stdout=subprocess.PIPE
        ) as collector:
            assert collector.stdout is not None
            assert collector.stdout.readline() == b"collecting\n"
            life = chance.uniform(0, _LONGEST_LIFE)
            stopped.wait(life)
            collector.kill()
            killed.append(life)


def test_collectors_that_are_killed_at_any_moment_lose_nothing_and_leave_nothing(
    server_url: str | None, tmp_path: Path, stopped: threading.Event
) -> None:
    """None of the server's own runs meanwhile; at the end one may live."""
    killed: list[float] = []
    with _serve(tmp_path, server_url, {"PIERHEAD_COLLECTOR_ENABLED": "false"}) as server:
        killer = threading.Thread(target=_kill_collectors, args=(server, server_url, stopped, killed), daemon=True)
        killer.start()
        outcome = _prove(server)
        stopped.set()
        killer.join()
        _check(outcome, server)
    assert killed
