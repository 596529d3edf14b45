"""The short version of `python -m bench collector`: traffic beside the collector, and collectors that are killed all the time.

A client that is slower than the grace pushes again, so the tests hold however slow the machine is.
"""

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

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
def _serve(folder: Path, url: str | None) -> Iterator[PierheadServer]:
    """Two workers, whose own collector has a minute between two rounds at most: others are quicker."""
    with PierheadServer(folder, workers=2, database_url=url, environment=_SETTINGS) as server:
        server.create_user("ada")
        set_window(url or f"sqlite:///{server.data / 'pierhead.db'}", _WINDOW)
        yield server


@contextmanager
def _collecting(server: PierheadServer, url: str | None) -> Iterator[None]:
    """A process that collects all the time, and is killed in the end."""
    environment = {**_SETTINGS, "PIERHEAD_DATA_DIR": str(server.data), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    if url is not None:
        environment["PIERHEAD_DATABASE_URL"] = url
    command = [sys.executable, "-m", "tests.reliability.collecting"]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as collector:
        try:
            assert collector.stdout is not None
            assert collector.stdout.readline() == b"collecting\n"
            yield
            assert collector.poll() is None, "the collector has failed"
        finally:
            collector.kill()


def _prove(server: PierheadServer, drain: Callable[[], None] | None = None) -> Outcome:
    scene = Scene(
        Endpoint("127.0.0.1", server.port, authority=server.address),
        Account("ada", PASSWORD),
        server.data / "storage" / "blobs",
        _HOLD,
        _GRACE,
        _WINDOW,
        tuple(f"ada/app{number}" for number in range(3)),
    )
    return run_proof(scene, _EFFORT, say=lambda _line: None, drain=drain)


def _check(outcome: Outcome, server: PierheadServer) -> None:
    assert (outcome.failures, outcome.missing, outcome.surplus) == ([], [], []), server.log_tail()
    assert outcome.stored_bytes == outcome.needed_bytes
    assert outcome.actions["push"] > 0
    assert "Traceback" not in server.log_text()


def test_traffic_beside_the_collector_loses_nothing_and_leaves_nothing(own_server_url: str | None, tmp_path: Path) -> None:
    with _serve(tmp_path, own_server_url) as server, _collecting(server, own_server_url):
        _check(_prove(server), server)


def test_collectors_that_are_killed_at_any_moment_lose_nothing_and_leave_nothing(own_server_url: str | None, tmp_path: Path) -> None:
    """Behind the traffic one may live, and has to clear up."""
    stopped = threading.Event()
    chance = random.Random(1)
    killed: list[float] = []

    def kill_all_the_time() -> None:
        while not stopped.is_set():
            killed.append(chance.uniform(0, _LONGEST_LIFE))
            with _collecting(server, own_server_url):
                stopped.wait(killed[-1])

    def let_one_live() -> None:
        if not stopped.is_set():
            stopped.set()
            killer.join()
            stack.enter_context(_collecting(server, own_server_url))

    with _serve(tmp_path, own_server_url) as server, ExitStack() as stack:
        killer = threading.Thread(target=kill_all_the_time, name="killer", daemon=True)
        stack.callback(stopped.set)
        killer.start()
        _check(_prove(server, let_one_live), server)
    assert killed
