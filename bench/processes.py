"""What processes cost: CPU seconds and memory of a process, its children and their children."""

import os
import re
import resource
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
MIB = 1024.0
RESET_PEAK = "5"


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds since the start of the processes; memory in MiB, pages shared by several counted by each of them."""

    cpu_seconds: float
    rss_mib: float
    peak_mib: float


def parse_stat(text: str) -> tuple[int, float]:
    """Parent's pid and CPU seconds of children that ended and were waited for, of a `/proc/PID/stat` line."""
    fields = text.rsplit(")", 1)[1].split()
    return int(fields[1]), (int(fields[13]) + int(fields[14])) / TICKS_PER_SECOND


def parse_memory(text: str) -> tuple[float, float]:
    """Resident and peak resident MiB of a `/proc/PID/status` text; a process without memory has none."""
    resident = re.search(r"VmRSS:\s+(\d+)", text)
    peak = re.search(r"VmHWM:\s+(\d+)", text)
    return (int(resident[1]) / MIB if resident else 0.0), (int(peak[1]) / MIB if peak else 0.0)


def list_tree(pids: tuple[int, ...]) -> list[int]:
    """The living ones of `pids` with all their descendants."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            stat = _read(int(entry.name), "stat")
            if stat:
                children.setdefault(parse_stat(stat)[0], []).append(int(entry.name))
    found: list[int] = []
    waiting = list(pids)
    while waiting:
        pid = waiting.pop()
        if pid not in found and (PROC / str(pid)).exists():
            found.append(pid)
            waiting += children.get(pid, [])
    return found


def measure_usage(pids: tuple[int, ...]) -> Usage:
    """CPU and memory of the processes and their descendants at this moment."""
    cpu = rss = peak = 0.0
    for pid in list_tree(pids):
        stat, status = _read(pid, "stat"), _read(pid, "status")
        if not stat or not status:
            continue
        cpu += _own_cpu_seconds(pid) + parse_stat(stat)[1]
        resident, highest = parse_memory(status)
        rss += resident
        peak += highest
    return Usage(cpu, rss, peak)


def reset_peaks(pids: tuple[int, ...]) -> None:
    """Let the peaks of the processes begin anew, so that a phase shows its own; without the right to, they go on growing."""
    for pid in list_tree(pids):
        try:
            (PROC / str(pid) / "clear_refs").write_text(RESET_PEAK)
        except OSError:
            continue


def generator_cpu_seconds() -> float:
    """CPU seconds of this program and the load generators that it ran."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def machine_cpu_seconds() -> float:
    """CPU seconds that anything on this machine used, and those that the host took away."""
    return parse_machine_cpu((PROC / "stat").read_text())


def parse_machine_cpu(text: str) -> float:
    """Busy seconds of all cores, of the text of `/proc/stat`: all columns but idle and waiting for disks, guests counted once."""
    user, nice, system, _idle, _waiting, interrupts, soft_interrupts, stolen, *_ = map(int, text.splitlines()[0].split()[1:])
    return (user + nice + system + interrupts + soft_interrupts + stolen) / TICKS_PER_SECOND


def _own_cpu_seconds(pid: int) -> float:
    """CPU seconds of all threads of a process, to the nanosecond, where /proc counts in ticks of 10 ms."""
    clock = (~pid << 3) | 2  # clock_getcpuclockid(3): the scheduler's clock of a process
    try:
        return time.clock_gettime(clock)
    except OSError:
        return 0.0


def _read(pid: int, name: str) -> str:
    """A file of a process, empty when the process has just ended."""
    try:
        return (PROC / str(pid) / name).read_text()
    except OSError:
        return ""
