"""A real containerd of the test run's own, and `ctr` in front of it."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tests.services.tools import refuse_test, require_tool

_PACKAGE = "Debian: containerd"
_START_SECONDS = 30.0
_POLL_SECONDS = 0.05


class Containerd:
    """A running `containerd` without the Kubernetes interface."""

    def __init__(self) -> None:
        self._program = require_tool("containerd", package=_PACKAGE)
        self._control = require_tool("ctr", package=_PACKAGE)
        if os.geteuid() != 0:
            refuse_test("containerd", package="and root, which it needs")
        # A short path: names of unix sockets end at about 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="phc-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns when it answers. Raises RuntimeError with its log when the machine does not let it run."""
        config = self.folder / "config.toml"
        config.write_text(
            f'version = 2\nroot = "{self.folder}/root"\nstate = "{self.folder}/state"\n'
            f'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "{self.folder}/c.sock"\n'
        )
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._program), "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise RuntimeError(f"containerd ended with status {self._process.returncode}\n{self.log_tail()}")
            if self._run("version").returncode == 0:
                return
            time.sleep(_POLL_SECONDS)
        raise RuntimeError(f"containerd did not answer within {_START_SECONDS} s\n{self.log_tail()}")

    def stop(self) -> None:
        """Stop it, and remove its folder."""
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

    def control(self, *arguments: str) -> str:
        """What `ctr` printed; the test fails with everything it said when it exits with another status than 0."""
        done = self._run(*arguments)
        assert done.returncode == 0, f"ctr {' '.join(arguments)}: {done.stdout}{done.stderr}\n{self.log_tail()}"
        return done.stdout

    def log_tail(self, lines: int = 40) -> str:
        """The last lines of its log."""
        log = self.folder / "log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self._control), "--address", f"{self.folder}/c.sock", "--namespace", "tests", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
