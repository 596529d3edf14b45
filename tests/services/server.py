"""A real Pierhead, started as users start it, on a free port and in a folder of its own."""

import contextlib
import http.client
import os
import shlex
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.services.postgres import free_port

_START_SECONDS = 120.0
_POLL_SECONDS = 0.02
PASSWORD = "a-long-enough-password"  # of every account that tests create


class PierheadServer:
    """`pierhead serve` as a child process; its settings come from here alone, never from the environment of the test run.

    PIERHEAD_TEST_COMMAND runs another installed command than that of the interpreter which runs the tests.
    """

    def __init__(
        self,
        folder: Path,
        *,
        workers: int | None = None,
        database_url: str | None = None,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`options` go to `serve`, `environment` holds settings by their PIERHEAD_ names. With `tls` it is asked by HTTPS whether it runs."""
        folder.mkdir(parents=True, exist_ok=True)
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.port = free_port()
        self._folder = folder
        self._tls = tls
        self._options = [*(["--workers", str(workers)] if workers is not None else []), *options]
        self._environment = _clean_environment()
        self._environment["PIERHEAD_DATA_DIR"] = str(self.data)
        if database_url is not None:
            self._environment["PIERHEAD_DATABASE_URL"] = database_url
        self._environment.update(environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Host and port, as image references begin."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start on the data that is there; returns when `GET /v2/` answers."""
        if self.is_running:
            raise RuntimeError("the server runs already")
        command = [*_command(), "serve", "--data", str(self.data), "--host", "127.0.0.1", "--port", str(self.port), *self._options]
        with self.log.open("ab") as log:
            # A session of its own, so that a kill reaches the workers and Ctrl-C in the test run does not.
            self._process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._await_answer()
        return self

    def stop(self, *, grace_seconds: float = 60) -> int:
        """SIGTERM, as a service manager stops it; its exit status. Raises RuntimeError when the grace passes, after killing it."""
        process = self._running()
        process.terminate()
        try:
            return process.wait(timeout=grace_seconds)
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise RuntimeError(f"the server ignored SIGTERM for {grace_seconds} s\n{self.log_tail()}") from error

    def kill(self) -> None:
        """SIGKILL to the server and its workers."""
        process = self._running()
        # The group is already gone when the server ended by itself a moment ago.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)

    def restart(self) -> Self:
        """Stop, and start again on the same data and the same port."""
        self.stop()
        return self.start()

    def close(self) -> None:
        """Stop it if it still runs."""
        if self.is_running:
            self.stop()

    def create_user(self, name: str, *, password: str = PASSWORD, superuser: bool = False) -> None:
        """Make an account by the command line, before or while the server runs."""
        options = ["--superuser"] if superuser else []
        self.command("user", "create", name, "--email", f"{name}@example.test", "--password-stdin", *options, given=password)

    def command(self, *arguments: str, given: str = "") -> str:
        """Run another `pierhead` command on the same settings; what it printed. Raises RuntimeError when it fails."""
        done = subprocess.run(
            [*_command(), *arguments],
            cwd=self._folder,
            env=self._environment,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"pierhead {shlex.join(arguments)} failed with status {done.returncode}:\n{done.stdout}")
        return done.stdout

    def log_text(self) -> str:
        """Everything the server has said."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def log_tail(self, lines: int = 60) -> str:
        """The last lines that the server has said."""
        return "\n".join(self.log_text().splitlines()[-lines:])

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process

    def _await_answer(self) -> None:
        process = self._running()
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended with status {process.returncode}\n{self.log_tail()}")
            if _answers(self.port, self._tls):
                return
            time.sleep(_POLL_SECONDS)
        self.kill()
        raise RuntimeError(f"the server did not answer within {_START_SECONDS} s\n{self.log_tail()}")


def _command() -> list[str]:
    chosen = os.environ.get("PIERHEAD_TEST_COMMAND")
    return shlex.split(chosen) if chosen else [sys.executable, "-m", "pierhead"]


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PIERHEAD_")}


def _answers(port: int, tls: ssl.SSLContext | None) -> bool:
    if tls is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    else:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=tls)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status in {200, 401}
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
