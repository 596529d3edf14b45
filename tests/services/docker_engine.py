"""A real Docker Engine of the test run's own, for the client `docker`."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tests.services.tools import refuse_test, require_tool

_PACKAGE = "Debian: docker.io"
_START_SECONDS = 30.0
_POLL_SECONDS = 0.05


class DockerEngine:
    """A running `dockerd` without networks of its own. Addresses of 127.0.0.0/8 may be spoken to without TLS, as always with Docker."""

    def __init__(self) -> None:
        self._program = require_tool("dockerd", package=_PACKAGE)
        if os.geteuid() != 0:
            refuse_test("dockerd", package="and root, which the engine needs")
        # A short path: names of unix sockets end at about 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="phd-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """What clients want in DOCKER_HOST."""
        return f"unix://{self.folder}/d.sock"

    def start(self) -> None:
        """Start it; returns when it answers. Raises RuntimeError with its log when the machine does not let it run."""
        command = [str(self._program), "--data-root", f"{self.folder}/data", "--exec-root", f"{self.folder}/exec", "-H", self.host]
        command += ["--pidfile", f"{self.folder}/d.pid", "--iptables=false", "--ip6tables=false", "--bridge=none", "-s", "overlay2"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        client = require_tool("docker", package=_PACKAGE)
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise RuntimeError(f"dockerd ended with status {self._process.returncode}\n{self.log_tail()}")
            asked = subprocess.run([str(client), "-H", self.host, "version"], capture_output=True, timeout=30, check=False)
            if asked.returncode == 0:
                return
            time.sleep(_POLL_SECONDS)
        raise RuntimeError(f"dockerd did not answer within {_START_SECONDS} s\n{self.log_tail()}")

    def stop(self) -> None:
        """Stop the engine with its containers, and remove its folder."""
        process = self._process
        if process is not None:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self, lines: int = 40) -> str:
        """The last lines of the engine's log."""
        log = self.folder / "log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""
