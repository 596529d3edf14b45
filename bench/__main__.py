"""The command line of the benchmark."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from bench.collecting.command import ProofPlan, prove
from bench.commands import SERVERS, Plan, Programs, command_line, compare, list_phases, measure, rewrite_table
from bench.errors import BenchError
from bench.large import add_large_commands, run_large_command
from bench.load import QUICK, Load
from bench.phases.registry import choose_phases
from bench.report import render
from bench.squashing.command import SquashPlan, measure_squash
from bench.targets import Target, parse_target, read_targets

DESCRIPTION = """\
Measures container registries, and several side by side: every phase runs on each of them in
turn (A B, B A, A B ...), so that a change of the machine's load hits all alike. What counts is
the CPU that a server and its children spend per operation; rates on a machine that is shared
with the generator are less telling.

Needs Linux and the program wrk. Run it from the root of the checkout with .venv/bin/python.
"""
EXAMPLES = """\
examples
  the whole comparison, kept in bench/results/2026-01-31.json and .md:
    python -m bench compare --runs 3 --postgres --out bench/results/2026-01-31
  one phase while tuning, a few seconds:
    python -m bench compare --only manifest_get --seconds 3 --runs 1
  Pierhead alone, small sizes:
    python -m bench compare --servers pierhead --quick --runs 1
  registries that run already (the first is the one that the others are compared to):
    python -m bench measure --target old=http://127.0.0.1:5000,pids=4711 \\
        --target new=http://127.0.0.1:8080,user=me,password=secret,repository=me/a,mount_repository=me/b,pids=4712
  the table of a kept run, put into the documentation:
    python -m bench table bench/results/2026-01-31.json --into docs/benchmarks.md
  what each phase does:
    python -m bench phases
  a large company in a database of its own, and how long its questions take:
    python -m bench seed --database sqlite:////tmp/large.db
    python -m bench latency --database sqlite:////tmp/large.db --out bench/results/2026-01-31-large
    python -m bench latency --postgres --repositories 5000 --log-rows 500000 --out bench/results/2026-01-31-large-postgres
"""
LOAD_HELP = {
    "size_mib": "size of the big blob, MiB",
    "seconds": "duration of a phase that asks as often as the server answers",
    "blobs": "blobs of 4 KiB that a run pushes",
    "manifests": "manifests that a run pushes",
    "tags": "tags of the repository that is listed",
    "lists": "least number of lists that a run asks for",
    "mounts": "mounts of a run",
    "starts": "starts of each server",
    "connections": "connections of the GET and HEAD phases",
    "push_connections": "connections of the small pushes",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 1 when it could not, 130 when it was interrupted."""
    options = build_parser().parse_args(arguments)
    try:
        return _dispatch(options)
    except (BenchError, OSError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted; the servers are stopped and the data is removed", file=sys.stderr)
        return 130


def build_parser() -> argparse.ArgumentParser:
    """The options of all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    comparing = commands.add_parser("compare", help="start registries on fresh data, measure them interleaved, stop them")
    comparing.add_argument("--servers", default="distribution,pierhead", help=f"of {', '.join(SERVERS)} (default: %(default)s)")
    comparing.add_argument("--postgres", action="store_true", help="add pierhead-postgres; the database's CPU counts")
    comparing.add_argument(
        "--distribution", default="registry", metavar="PROGRAM", help="distribution's program (default: registry on PATH)"
    )
    comparing.add_argument(
        "--pierhead", default="pierhead", metavar="PROGRAM", help="Pierhead's program (default: beside this Python, or on PATH)"
    )
    comparing.add_argument("--workers", type=int, default=1, help="workers of pierhead serve (default: 1)")
    comparing.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a PIERHEAD_ variable to run it with; repeatable"
    )
    _add_load_options(comparing)
    measuring = commands.add_parser("measure", help="measure registries that run already")
    measuring.add_argument("--target", action="append", default=[], metavar="NAME=URL[,KEY=VALUE...]", help=_target_help())
    measuring.add_argument("--targets", type=Path, metavar="FILE", help="the same as JSON: {NAME: {KEY: VALUE}}, the address as base")
    _add_load_options(measuring)
    table = commands.add_parser("table", help="print the report of a kept run, or put it into a page")
    table.add_argument("source", type=Path, help="bench/results/NAME.json")
    table.add_argument("--into", type=Path, metavar="PAGE", help="a Markdown page with the marks for it")
    commands.add_parser("phases", help="what each phase does")
    add_large_commands(commands)
    _add_collector(commands.add_parser("collector", help="prove that the collector takes what nothing needs, and nothing else"))
    _add_squash(commands.add_parser("squash", help="what squashed images cost beside unpacking the same layers with gzip and tar"))
    return parser


def build_load(options: argparse.Namespace) -> Load:
    """The load: quick or full, changed by what was given one by one."""
    given = {name: value for name in LOAD_HELP if (value := getattr(options, name)) is not None}
    return replace(QUICK if options.quick else Load(), **given)


def _add_load_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=int, default=3, help="runs of each phase, whose median is reported (default: 3)")
    parser.add_argument("--only", metavar="PHASE,PHASE", help="only these phases")
    parser.add_argument("--skip", metavar="PHASE,PHASE", help="all phases but these")
    parser.add_argument("--out", type=Path, metavar="NAME", help="write NAME.json and NAME.md, after each phase anew")
    parser.add_argument("--workdir", type=Path, help="where the temporary folder is made (default: the system's)")
    parser.add_argument("--quick", action="store_true", help="small sizes and short phases: to see that it works, or while tuning")
    for field in fields(Load):
        quick = getattr(QUICK, field.name)
        hint = f"{LOAD_HELP[field.name]} (default: {field.default}; quick: {quick})"
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=int, metavar="N", help=hint)


def _add_collector(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=10, help="time of the traffic (default: 10)")
    parser.add_argument("--workers", type=int, default=2, help="workers of pierhead serve (default: 2)")
    parser.add_argument("--actors", type=int, default=6, help="clients that push, pull, move and delete (default: 6)")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--pierhead", default="pierhead", metavar="PROGRAM", help="Pierhead's program")
    parser.add_argument("--out", type=Path, metavar="NAME", help="write NAME.json and NAME.md")
    parser.add_argument("--workdir", type=Path, help="where the temporary folder is made (default: the system's)")


def _add_squash(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mib", default="256,1024", metavar="N,N", help="sizes of the images, unpacked (default: %(default)s)")
    parser.add_argument("--layers", type=int, default=4, help="layers of each image (default: 4)")
    parser.add_argument("--runs", type=int, default=3, help="runs, whose median is reported (default: 3)")
    parser.add_argument("--pierhead", default="pierhead", metavar="PROGRAM", help="Pierhead's program")
    parser.add_argument("--out", type=Path, metavar="NAME", help="write NAME.json and NAME.md")
    parser.add_argument("--workdir", type=Path, help="where the temporary folder is made (default: the system's)")


def _squash_plan(options: argparse.Namespace) -> SquashPlan:
    sizes = tuple(int(size) for size in options.mib.split(","))
    return SquashPlan(sizes, options.layers, options.runs, options.pierhead, options.out, options.workdir)


def _proof_plan(options: argparse.Namespace) -> ProofPlan:
    return ProofPlan(options.minutes, options.workers, options.postgres, options.actors, options.pierhead, options.out, options.workdir)


def _target_help() -> str:
    keys = ", ".join(name for name in Target.__dataclass_fields__ if name not in ("name", "base"))
    return f"a registry; keys: {keys} (pids joined by +); repeatable"


def _dispatch(options: argparse.Namespace) -> int:
    if options.command == "phases":
        list_phases()
        return 0
    if options.command == "collector":
        return 0 if prove(_proof_plan(options), command_line(sys.argv[1:])).holds else 1
    if options.command == "squash":
        measure_squash(_squash_plan(options), command_line(sys.argv[1:]))
        return 0
    if options.command in ("seed", "latency", "tags"):
        run_large_command(options)
        return 0
    if options.command == "table":
        rewrite_table(options.source, options.into)
        return 0
    plan = Plan(choose_phases(options.only, options.skip), build_load(options), options.runs, options.out, options.workdir)
    if options.command == "measure":
        targets = [parse_target(text) for text in options.target] + (read_targets(options.targets) if options.targets else [])
        if not targets:
            raise BenchError("name at least one registry with --target or --targets")
        record = measure(plan, targets)
    else:
        record = compare(plan, _servers(options), _programs(options))
    print(render(record))
    return 0


def _servers(options: argparse.Namespace) -> list[str]:
    names: list[str] = options.servers.split(",")
    return [*names, "pierhead-postgres"] if options.postgres and "pierhead-postgres" not in names else names


def _programs(options: argparse.Namespace) -> Programs:
    settings = dict(setting.split("=", 1) for setting in options.set if "=" in setting)
    if len(settings) != len(options.set):
        raise BenchError("--set takes NAME=VALUE")
    return Programs(options.distribution, options.pierhead, options.workers, settings)


if __name__ == "__main__":
    sys.exit(main())
