"""`python -m bench collector`: start Pierhead with a collector in a hurry, run the proof, keep its result."""

import json
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.collecting.proof import Effort, Outcome, Scene, read_freed_bytes, run_proof, set_window
from bench.errors import BenchError
from bench.machine import describe_machine, load_average
from bench.processes import measure_usage
from bench.servers.base import RunningServer
from bench.servers.pierhead import PierheadRecipe
from bench.servers.postgresql import PostgresCluster
from bench.workspace import open_workspace, require_space

HOLD_SECONDS, GRACE_SECONDS, WINDOW_SECONDS = 20, 8, 8
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class ProofPlan:
    """The command line of the proof."""

    minutes: float
    workers: int
    postgres: bool
    actors: int
    pierhead: str
    out: Path | None
    workdir: Path | None


def prove(plan: ProofPlan, command: str) -> Outcome:
    """Run it and write `out`.json and `out`.md."""
    with open_workspace(plan.workdir) as folder, ExitStack() as stack:
        require_space(folder, 8 * GIB)
        cluster = stack.enter_context(PostgresCluster(folder / "postgresql")) if plan.postgres else None
        settings = {
            "PIERHEAD_COLLECTOR_GRACE_SECONDS": str(GRACE_SECONDS),
            "PIERHEAD_REGISTRY_PUSH_HOLD_SECONDS": str(HOLD_SECONDS),
            "PIERHEAD_REGISTRY_CREATE_ON_PUSH": "true",
        }
        recipe = PierheadRecipe("collector", plan.pierhead, settings=settings, workers=plan.workers, cluster=cluster)
        server = RunningServer(recipe, folder / recipe.name)
        server.install()
        stack.callback(server.stop)
        server.start()
        recipe.create_account(server.home)
        url = recipe.environment(server.home).get("PIERHEAD_DATABASE_URL")
        set_window(url or f"sqlite:///{server.home / 'data' / 'pierhead.db'}", WINDOW_SECONDS)
        if recipe.account is None:
            raise BenchError("the server has no account")
        storage = server.home / "data" / "storage" / "blobs"
        scene = Scene(server.endpoint, recipe.account, storage, HOLD_SECONDS, GRACE_SECONDS, WINDOW_SECONDS)
        before, began = load_average(), time.monotonic()
        outcome = run_proof(scene, Effort(plan.minutes * 60, actors=plan.actors), say=_say)
        outcome.freed_bytes = read_freed_bytes(server.endpoint)
        usage = measure_usage((server.pid,))
        facts = {
            "command": command,
            "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": describe_machine(folder).as_json(),
            "server": recipe.version(),
            "workers": plan.workers,
            "hold_seconds": HOLD_SECONDS,
            "grace_seconds": GRACE_SECONDS,
            "window_seconds": WINDOW_SECONDS,
            "load_before": before,
            "whole_seconds": time.monotonic() - began,
            "server_cpu_seconds": usage.cpu_seconds,
            "server_peak_mib": usage.peak_mib,
        }
        if "Traceback" in server.log.read_text(errors="replace"):
            outcome.failures.append("the server's log holds a traceback")
            _say(server.log_tail())
        _write(plan.out, facts, outcome)
        return outcome


def render(facts: dict[str, object], outcome: Outcome) -> str:
    """The result for people."""
    gib = 1 << 30
    rows = (
        ("verdict", "**holds**" if outcome.holds else "**BROKEN**"),
        ("server", f"{facts['server']}, {facts['workers']} workers"),
        ("time of the traffic", f"{outcome.seconds:.0f} s"),
        ("hold of pushes, grace, time machine", f"{facts['hold_seconds']} s, {facts['grace_seconds']} s, {facts['window_seconds']} s"),
        ("actions", ", ".join(f"{name} {count}" for name, count in outcome.actions.items())),
        ("requests", f"{sum(outcome.requests.values())}, failed: {len(outcome.failures)}"),
        ("pushed, pulled and compared", f"{outcome.pushed_bytes / gib:.2f} GiB, {outcome.pulled_bytes / gib:.2f} GiB"),
        ("reclaimed by the collector", f"**{outcome.freed_bytes / gib:.2f} GiB** ({outcome.freed_bytes / 1e9:.2f} GB)"),
        ("manifest PUT", f"median {outcome.put_p50_ms:.0f} ms, p99 {outcome.put_p99_ms:.0f} ms, longest {outcome.put_longest_ms:.0f} ms"),
        ("pushes that took longer than the grace and were repeated", str(outcome.late_pushes)),
        ("living tags at the end, their blobs", f"{outcome.living_tags}, {outcome.needed_blobs} of {outcome.needed_bytes / gib:.2f} GiB"),
        (
            "storage at the end",
            f"{outcome.stored_bytes / gib:.2f} GiB: {len(outcome.missing)} blobs missing, {len(outcome.surplus)} too many",
        ),
        ("until the storage held nothing else", f"{outcome.drain_seconds:.0f} s"),
    )
    lines = [
        f"- {facts['started_at']}, load before {facts['load_before']:.1f}",
        f"- Command: `{facts['command']}`",
        "",
        "| | |",
        "|---|---|",
    ]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in rows)]) + "\n"


def _write(out: Path | None, facts: dict[str, object], outcome: Outcome) -> None:
    page = render(facts, outcome)
    print(page)
    for kind in ("failures", "missing", "surplus"):
        for line in getattr(outcome, kind)[:20]:
            _say(f"{kind}: {line}")
    if out is None:
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.with_name(out.name + ".json").write_text(json.dumps({**facts, **outcome.as_json()}, indent=1) + "\n")
    out.with_name(out.name + ".md").write_text(f"# The collector's proof {out.name}\n\n{page}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
