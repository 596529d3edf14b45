"""The temporary folder of a run, and the servers that live in it."""

import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from bench.content import BigBlob
from bench.errors import BenchError
from bench.load import Load
from bench.processes import measure_usage
from bench.record import ServerFacts
from bench.servers.base import Recipe, RunningServer, time_starts
from bench.session import Session, StartPair
from bench.targets import Target

SETTLE_SECONDS = 2.0
GIB = 1 << 30


@contextmanager
def open_workspace(parent: Path | None) -> Iterator[Path]:
    """A fresh folder that is removed afterwards, also when the run is interrupted or told to end."""
    signal.signal(signal.SIGTERM, _interrupt)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
    folder.chmod(0o711)  # PostgreSQL's own user must be able to reach its folder inside
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def require_space(folder: Path, needed: int) -> None:
    """Raises BenchError when the file system is too full for what will be pushed."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BenchError(f"the run writes about {needed / GIB:.1f} GiB, but only {free / GIB:.1f} GiB are free; choose another --workdir")


@contextmanager
def run_servers(
    recipes: Sequence[Recipe], folder: Path, load: Load, big: BigBlob, say: Callable[[str], None]
) -> Iterator[tuple[list[Session], dict[str, ServerFacts]]]:
    """Start all registries at once and give a session for each; stop them at the end."""
    facts: dict[str, ServerFacts] = {}
    sessions = []
    with ExitStack() as stack:
        for recipe in recipes:
            server = RunningServer(recipe, folder / recipe.name)
            server.install()
            stack.callback(server.stop)
            server.start()
            recipe.create_account(server.home)
            facts[recipe.name] = ServerFacts(recipe.version())
            sessions.append(Session(_target_of(server), load, big, _starter(recipe, folder)))
            say(f"{recipe.name} {facts[recipe.name].version}: pid {server.pid}, {server.base}, log {server.log}")
        time.sleep(SETTLE_SECONDS)
        for session in sessions:
            facts[session.target.name].rest_mib = measure_usage(session.target.pids).rss_mib
        yield sessions, facts


def _target_of(server: RunningServer) -> Target:
    account = server.recipe.account
    return Target(
        name=server.recipe.name,
        base=server.base,
        user=account.name if account else None,
        password=account.password if account else "",
        pids=(server.pid,),
        extra_pids=server.recipe.extra_pids,
    )


def _starter(recipe: Recipe, folder: Path) -> Callable[[], StartPair]:
    """A function that times a start on a folder that was never used."""
    count = 0

    def try_start() -> StartPair:
        nonlocal count
        count += 1
        home = folder / f"{recipe.name}-start-{count}"
        try:
            return time_starts(recipe, home)
        finally:
            shutil.rmtree(home, ignore_errors=True)

    return try_start


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
