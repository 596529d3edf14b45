"""What the commands of `python -m bench` do."""

import shlex
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.content import BigBlob
from bench.errors import BenchError
from bench.load import MIB, Load
from bench.machine import describe_machine, load_average
from bench.measuring import Measurement
from bench.phases.registry import PHASES, Phase
from bench.processes import measure_usage
from bench.record import Record, ServerFacts
from bench.report import format_number, put_between_marks, render
from bench.runner import Results, run_phases
from bench.servers.base import Recipe
from bench.servers.distribution import DistributionRecipe
from bench.servers.pierhead import PierheadRecipe
from bench.servers.postgresql import PostgresCluster
from bench.session import Session
from bench.targets import Target
from bench.workspace import open_workspace, require_space, run_servers
from bench.wrk import require_wrk

SERVERS = ("distribution", "pierhead", "pierhead-postgres", "docker-registry")
PUSH_PHASES = ("push_stream", "push_mono")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, how often, and where the report goes (`out` without suffix)."""

    phases: list[Phase]
    load: Load
    runs: int
    out: Path | None
    workdir: Path | None


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of the registries that the benchmark starts, and Pierhead's settings."""

    distribution: str
    pierhead: str
    workers: int
    settings: dict[str, str]


def compare(plan: Plan, names: Sequence[str], programs: Programs) -> Record:
    """Start the named registries, measure them interleaved, stop them."""
    require_wrk()
    with open_workspace(plan.workdir) as folder, ExitStack() as stack:
        require_space(folder, _space_needed(plan, len(names)))
        recipes = [_build_recipe(name, programs, folder, stack) for name in names]
        big = BigBlob(folder, plan.load.size)
        sessions, facts = stack.enter_context(run_servers(recipes, folder, plan.load, big, _say))
        return _run(plan, sessions, facts, folder)


def measure(plan: Plan, targets: Sequence[Target]) -> Record:
    """Measure registries that are running already."""
    require_wrk()
    facts = {}
    for target in targets:
        facts[target.name] = ServerFacts(rest_mib=measure_usage(target.pids).rss_mib if target.pids else None)
    with open_workspace(plan.workdir) as folder:
        big = BigBlob(folder, plan.load.size)
        sessions = [Session(target, plan.load, big) for target in targets]
        return _run(plan, sessions, facts, folder)


def rewrite_table(source: Path, page: Path | None) -> None:
    """Print the report of a kept record, or put it between the marks of a page."""
    report = render(Record.load_file(source))
    if page is None:
        print(report)
    else:
        page.write_text(put_between_marks(page.read_text(), report))


def list_phases() -> None:
    """Print every phase with what it does."""
    for phase in PHASES:
        print(f"{phase.name:20s} {phase.summary}")


def _run(plan: Plan, sessions: Sequence[Session], facts: dict[str, ServerFacts], folder: Path) -> Record:
    started = time.monotonic()
    record = Record(
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command_line(sys.argv[1:]),
        machine=describe_machine(folder).as_json(),
        load=asdict(plan.load),
        runs=plan.runs,
        servers=facts,
        load_before=load_average(),
    )

    def after_phase(phase: Phase, results: Results) -> None:
        for name, measurement in results[phase.name].items():
            _say(summarize(phase.name, name, measurement))
        record.results = results
        record.duration_seconds = time.monotonic() - started
        _write(plan.out, record)

    run_phases(plan.phases, sessions, plan.runs, after_phase)
    return record


def command_line(arguments: Sequence[str]) -> str:
    """The command as one types it, without passwords."""
    words = [word.split("password=")[0] + "password=..." if "password=" in word else word for word in arguments]
    return "python -m bench " + shlex.join(words)


def summarize(phase: str, server: str, measurement: Measurement) -> str:
    """One line for people who watch."""
    if measurement.failure:
        return f"{phase:20s} {server:18s} FAILED {measurement.failure}"
    line = f"{phase:20s} {server:18s} {format_number(measurement.rate):>8s} {measurement.unit}/s"
    if measurement.cpu_ms is not None:
        runs = "/".join(format_number(cpu) for cpu in measurement.cpus)
        line += f"  cpu {format_number(measurement.cpu_ms)} ms [{runs}]"
    if measurement.p50_ms is not None:
        line += f"  p50 {format_number(measurement.p50_ms)} p99 {format_number(measurement.p99_ms)} ms"
    if measurement.peak_mib is not None:
        line += f"  peak {format_number(measurement.peak_mib)} MiB"
    line += f"  generator {measurement.generator_share:.0%} others {measurement.foreign_cores:.0%}"
    for name, value in {**measurement.notes, **measurement.errors}.items():
        line += f"  {name} {format_number(value) if isinstance(value, float) else value}"
    return line


def _build_recipe(name: str, programs: Programs, folder: Path, stack: ExitStack) -> Recipe:
    def cluster() -> PostgresCluster:
        return stack.enter_context(PostgresCluster(folder / "postgresql"))

    def pierhead(database: PostgresCluster | None) -> Recipe:
        return PierheadRecipe(name, programs.pierhead, settings=programs.settings, workers=programs.workers, cluster=database)

    recipes: dict[str, Callable[[], Recipe]] = {
        "distribution": lambda: DistributionRecipe(name, programs.distribution),
        "docker-registry": lambda: DistributionRecipe(name, "docker-registry"),
        "pierhead": lambda: pierhead(None),
        "pierhead-postgres": lambda: pierhead(cluster()),
    }
    if name not in recipes:
        raise BenchError(f"unknown server {name}; known are {', '.join(SERVERS)}")
    return recipes[name]()


def _space_needed(plan: Plan, servers: int) -> int:
    """Bytes of all big blobs: two files of the generator, one blob for each push of each registry, and one to pull."""
    pushes = sum(phase.name in PUSH_PHASES for phase in plan.phases) * plan.runs + 1
    return plan.load.size * (2 + pushes * servers) + 512 * MIB


def _write(out: Path | None, record: Record) -> None:
    if out is None:
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    record.save(out.with_name(out.name + ".json"))
    out.with_name(out.name + ".md").write_text(f"# Benchmark {out.name}\n\n{render(record)}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
