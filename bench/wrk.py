"""Runs wrk, the load generator of the GET phases, and reads its report."""

import re
import shutil
import subprocess
from dataclasses import dataclass, field

from bench.errors import BenchError

MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 60e3}
ANSWERED_LATE = "timeout"


@dataclass(frozen=True, slots=True)
class WrkReport:
    """What wrk saw. `late` counts answers after more than two seconds, which are no errors."""

    requests: int
    p50_ms: float
    p99_ms: float
    errors: dict[str, int] = field(default_factory=dict)
    late: int = 0


def require_wrk() -> None:
    """Raises BenchError when wrk is not there."""
    if not shutil.which("wrk"):
        raise BenchError("the program wrk is needed for the GET phases (package wrk)")


def run_wrk(url: str, headers: dict[str, str], *, connections: int, seconds: int) -> WrkReport:
    """Ask for one address as fast as the server answers."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    done = subprocess.run([*command, url], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"wrk failed: {done.stderr.strip() or done.stdout.strip()}")
    return parse_report(done.stdout)


def parse_report(text: str) -> WrkReport:
    """Read the report of `wrk --latency`. Raises BenchError when there is none."""
    requests = re.search(r"(\d+) requests in", text)
    if not requests:
        raise BenchError(f"wrk gave no report: {text.strip()[:200]}")
    errors = {kind: int(count) for kind, count in re.findall(r"(connect|read|write|timeout) (\d+)", text) if int(count)}
    late = errors.pop(ANSWERED_LATE, 0)
    if refused := re.search(r"Non-2xx or 3xx responses: (\d+)", text):
        errors["status not 2xx or 3xx"] = int(refused[1])
    return WrkReport(int(requests[1]), _percentile(text, 50), _percentile(text, 99), errors, late)


def _percentile(text: str, percent: int) -> float:
    """Milliseconds of a line such as `99%    1.23ms`; zero when wrk saw no answer."""
    found = re.search(rf"\b{percent}%\s+([\d.]+)(us|ms|s|m)\b", text)
    return float(found[1]) * MILLISECONDS[found[2]] if found else 0.0
