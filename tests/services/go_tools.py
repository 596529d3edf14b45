"""Programs written in Go that no Debian package brings: where they are, and the conformance suite, built on demand."""

import fcntl
import os
import subprocess
from pathlib import Path

from tests.services.tools import ROOT, find_tool, refuse_test

_CONFORMANCE = "conformance"
_CONFORMANCE_MODULE = "github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111"
_BUILD_SECONDS = 300


def require_go_tool(name: str) -> Path:
    """A client such as crane: in the folder named by PIERHEAD_TOOLS, on PATH, or where `make tools` puts it; else the test is skipped."""
    return _find(name) or refuse_test(name, package="make tools")


def require_conformance_suite() -> Path:
    """The OCI conformance suite, built from the Go module proxy when it is not there yet; without Go the test is skipped."""
    found = _find(_CONFORMANCE)
    if found is not None:
        return found
    compiler = find_tool("go")
    if compiler is None:
        refuse_test(_CONFORMANCE, package="Go 1.24 or newer")
    folder = _cache()
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / _CONFORMANCE
    with (folder / ".conformance.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process of this test run may be building it
        if not program.exists():
            _build(compiler, folder)
    return program


def _build(compiler: Path, folder: Path) -> None:
    done = subprocess.run(
        [str(compiler), "install", _CONFORMANCE_MODULE],
        env={**os.environ, "GOBIN": str(folder), "GOFLAGS": "-buildvcs=false"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_BUILD_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        last = done.stdout.strip().splitlines()[-1:] or ["no output"]
        refuse_test(_CONFORMANCE, package=f"it could not be built: {last[0]}")


def _cache() -> Path:
    chosen = os.environ.get("PIERHEAD_TOOLS")
    return Path(chosen) if chosen else ROOT / ".tools" / "bin"


def _find(name: str) -> Path | None:
    cached = _cache() / name
    return cached if os.access(cached, os.X_OK) else find_tool(name)
