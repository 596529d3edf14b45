"""The commands about large registries: fill a database, and time the questions that are asked of it."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from bench import tag_lists
from bench.bulk import seed
from bench.errors import BenchError
from bench.latency import measure_latencies, render, save
from bench.seeding import COUNTS, Company, Size
from bench.servers.postgresql import PostgresCluster
from bench.workspace import open_workspace

_NAME = "large"


def add_large_commands(commands: Any) -> None:
    """`seed`, `latency` and `tags`."""
    seeding = commands.add_parser("seed", help="fill an empty database with a large made-up company")
    timing = commands.add_parser("latency", help="time the questions to a seeded database; give the sizes that it was seeded with")
    seeding.add_argument("--postgres", action="store_true", help="only try: a PostgreSQL server of our own, removed afterwards")
    timing.add_argument("--postgres", action="store_true", help="start a PostgreSQL server, seed it, time it, remove it")
    timing.add_argument("--out", type=Path, metavar="NAME", help="write NAME.json and NAME.md")
    tags = commands.add_parser("tags", help="time pages of tags, sorted by each column, on SQLite and on PostgreSQL")
    tags.add_argument("--tags", type=int, default=50_000, metavar="N", help="tags of the repository (default: 50,000)")
    tags.add_argument("--out", type=Path, metavar="NAME", help="write NAME.json and NAME.md")
    tags.add_argument("--workdir", type=Path, help="where the temporary folder is made (default: the system's)")
    for parser in (seeding, timing):
        parser.add_argument("--database", metavar="URL", help="sqlite:///FILE or postgresql://user@host/name")
        parser.add_argument("--workdir", type=Path, help="where a temporary folder is made (default: the system's)")
        for field in fields(Size):
            hint = f"{COUNTS[field.name]} (default: {field.default:,})"
            parser.add_argument(f"--{field.name.replace('_', '-')}", type=int, default=field.default, metavar="N", help=hint)


def run_large_command(options: argparse.Namespace) -> None:
    """Raises BenchError when the database is missing or not empty."""
    if options.command == "tags":
        found_pages = tag_lists.measure_both(options.tags, options.workdir, print)
        print(tag_lists.render(options.tags, found_pages))
        if options.out is not None:
            tag_lists.save(options.out, options.tags, found_pages)
        return
    company = Company(Size(**{field.name: getattr(options, field.name) for field in fields(Size)}))
    with _database(options) as (url, is_new):
        if options.command == "seed" or is_new:
            seed(url, company, print)
        if options.command == "seed":
            return
        found = measure_latencies(url, company, print)
        engine = "SQLite" if url.startswith("sqlite") else "PostgreSQL"
        print(render(engine, company, found))
        if options.out is not None:
            save(options.out, engine, company, found)


@contextmanager
def _database(options: argparse.Namespace) -> Iterator[tuple[str, bool]]:
    """The address, and whether the database was made for this run."""
    if options.database is not None:
        yield options.database, False
    elif options.postgres:
        with open_workspace(options.workdir) as folder, PostgresCluster(folder / "postgresql") as cluster:
            cluster.create_database(_NAME)
            yield cluster.url(_NAME).replace("postgresql://", "postgresql+psycopg://"), True
    else:
        raise BenchError("name the database with --database, or take --postgres")
