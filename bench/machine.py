"""Where and on what a benchmark ran."""

import os
import platform
import re
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.servers.base import run_tool

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Machine:
    """What a reader must know to judge the figures."""

    cpu: str
    cores: int
    memory_gib: float
    kernel: str
    system: str
    python: str
    file_system: str
    commit: str

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def describe_machine(workdir: Path) -> Machine:
    """This machine, and the file system that the data lies on."""
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return Machine(
        cpu=cpu_model(Path("/proc/cpuinfo").read_text()),
        cores=os.cpu_count() or 1,
        memory_gib=round(int(memory[1]) / 1024**2, 1) if memory else 0.0,
        kernel=platform.release(),
        system=_system_name(),
        python=platform.python_version(),
        file_system=file_system_of(workdir.resolve(), Path("/proc/mounts").read_text()),
        commit=_commit(),
    )


def cpu_model(cpuinfo: str) -> str:
    """The processor's name as `/proc/cpuinfo` tells it, else the architecture."""
    found = re.search(r"model name\s*:\s*(.+)", cpuinfo)
    return found[1].strip() if found else platform.machine()


def file_system_of(folder: Path, mounts: str) -> str:
    """Kind of the file system that holds a folder, of the text of `/proc/mounts`."""
    best, kind = -1, "unknown"
    for line in mounts.splitlines():
        _, point, found, *_ = line.split(" ")
        if folder.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), found
    return kind


def load_average() -> float:
    """Processes that want to run, averaged over a minute; near zero on a quiet machine."""
    return os.getloadavg()[0]


def _system_name() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()


def _commit() -> str:
    """The commit of this checkout, with a `+` when `src` holds changes that are not committed."""
    git = ["git", "-C", str(CHECKOUT)]
    if subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, check=False).returncode:
        return "unknown"
    changed = run_tool([*git, "status", "--porcelain", "--", "src"])
    return run_tool([*git, "rev-parse", "--short=12", "HEAD"]) + ("+" if changed else "")
