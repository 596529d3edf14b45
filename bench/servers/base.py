"""How a registry is started, watched and stopped."""

import os
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.authentication import Account
from bench.errors import BenchError
from bench.processes import measure_usage
from bench.session import Start, StartPair
from bench.wire import HEAD_END, Connection, Endpoint

HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 15
POLL_SECONDS = 0.002
FOREIGN_SETTINGS = ("PIERHEAD_", "REGISTRY_", "OTEL_")


class Recipe(ABC):
    """What one kind of registry needs to run. `home` is a folder of its own, empty before the first start."""

    name: str
    account: Account | None = None
    extra_pids: tuple[int, ...] = ()

    @abstractmethod
    def version(self) -> str:
        """The version that the program tells."""

    @abstractmethod
    def install(self, home: Path, port: int) -> None:
        """Write what must be there before the first start."""

    @abstractmethod
    def command(self, home: Path, port: int) -> list[str]:
        """The command that serves in the foreground."""

    def environment(self, home: Path) -> Mapping[str, str]:
        """Variables beside those of the benchmark itself, of which settings of registries are taken away."""
        return {}

    def create_account(self, home: Path) -> None:
        """Make the account, once the server answers."""
        return


class RunningServer:
    """A started registry, with its own process group."""

    def __init__(self, recipe: Recipe, home: Path) -> None:
        self.recipe = recipe
        self.home = home
        self.port = free_port()
        self.endpoint = Endpoint(HOST, self.port, authority=f"{HOST}:{self.port}")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://{self.endpoint.authority}"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise BenchError(f"{self.recipe.name} is not running")
        return self._process.pid

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    def install(self) -> None:
        """Prepare the empty folder."""
        self.home.mkdir(parents=True)
        self.recipe.install(self.home, self.port)

    def start(self) -> Start:
        """Start and wait for the first answer to `GET /v2/`. Raises BenchError with the end of the log when none comes."""
        extra = self.recipe.extra_pids
        idle = measure_usage(extra).cpu_seconds if extra else 0.0
        started = time.perf_counter()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.recipe.command(self.home, self.port),
                cwd=self.home,
                env=clean_environment(self.recipe.environment(self.home)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while not _answers(self.endpoint):
            self._require_life(started)
            time.sleep(POLL_SECONDS)
        seconds = time.perf_counter() - started
        usage = measure_usage((self.pid,))
        busy = measure_usage(extra).cpu_seconds if extra else 0.0
        return Start(seconds, usage.cpu_seconds + busy - idle, usage.rss_mib)

    def stop(self) -> None:
        """End the process group: SIGTERM, and SIGKILL after a grace."""
        if self._process is None:
            return
        _signal_group(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def log_tail(self) -> str:
        """The last lines of the server's output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:]) if self.log.exists() else ""

    def _require_life(self, started: float) -> None:
        ended = self._process is not None and self._process.poll() is not None
        if not ended and time.perf_counter() - started < START_SECONDS:
            return
        what = "ended before it answered" if ended else f"did not answer within {START_SECONDS} s"
        self.stop()
        raise BenchError(f"{self.recipe.name} {what}; its log ends:\n{self.log_tail()}")


def time_starts(recipe: Recipe, home: Path) -> StartPair:
    """Start a registry on an empty folder, stop it, start it again, stop it."""
    server = RunningServer(recipe, home)
    server.install()
    try:
        fresh = server.start()
        server.stop()
        return StartPair(fresh, server.start())
    finally:
        server.stop()


def run_tool(command: Sequence[str], *, env: Mapping[str, str] | None = None, secret: str | None = None) -> str:
    """Run a short command and return what it printed; `secret` goes to its standard input. Raises BenchError when it fails."""
    try:
        done = subprocess.run(list(command), env=env, input=secret, capture_output=True, text=True, check=False, timeout=START_SECONDS)
    except FileNotFoundError as error:
        raise BenchError(f"the program {command[0]} is not there") from error
    if done.returncode:
        raise BenchError(f"{' '.join(command)} failed: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout.strip()


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment without settings of registries that happen to be there, and with `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_SETTINGS)}
    return {**kept, **extra}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(endpoint: Endpoint) -> bool:
    request = f"GET /v2/ HTTP/1.1\r\nHost: {endpoint.authority}\r\nConnection: close" + HEAD_END.decode()
    try:
        with Connection(endpoint) as connection:
            return connection.ask(request.encode()).status in (200, 401)
    except OSError:
        return False


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return  # it has ended by itself
