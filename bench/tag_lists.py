"""How long a page of tags takes in a repository of 50,000 tags, sorted by each column, and which index it comes out of."""

import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from bench.machine import describe_machine
from bench.servers.postgresql import PostgresCluster
from bench.workspace import open_workspace
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.accounts.tables import account
from pierhead.platform.clock import SystemClock
from pierhead.platform.database import Database, UnitOfWork
from pierhead.platform.database.migrations import upgrade
from pierhead.registry.list_tags import list_tags
from pierhead.registry.model.selection import EVERYTHING, SORT_COLUMNS, Order
from pierhead.registry.store.listing import build_page
from pierhead.registry.tables import NEVER_MS, manifest, tag, tag_listing
from pierhead.repositories.tables import repository

OWNER = "harbour"
REPOSITORY = f"{OWNER}/app"
_PAGE = 50
_ROUNDS = 30
_STEP = 1000
_START_MS = 1_764_000_000_000
_IDENTITY = Identity(IdentityKind.USER, OWNER, user_id=1)


@dataclass(frozen=True, slots=True)
class PageTime:
    """Of pages by one column in one direction, in milliseconds: the first one, and one in the middle of the list."""

    first_ms: float
    middle_ms: float
    index: str


def seed_tags(work: UnitOfWork, number: int) -> None:
    """Fill an empty database with a repository of so many tags, each with its own manifest."""
    connection = work.connection
    row = {"id": 1, "uuid": OWNER, "kind": "user", "name": OWNER, "email": None, "created_at": work.now}
    connection.execute(insert(account), [row])
    place = {"id": 1, "namespace_id": 1, "name": REPOSITORY, "kind": "image", "state": "NORMAL", "is_public": False, "created_at": work.now}
    connection.execute(insert(repository), [place])
    for start in range(0, number, _STEP):
        numbers = range(start, min(number, start + _STEP))
        connection.execute(insert(manifest), [_manifest(each) for each in numbers])
        connection.execute(insert(tag), [_tag(each) for each in numbers])
        connection.execute(insert(tag_listing), [_listing(each) for each in numbers])


def _scatter(number: int) -> int:
    return number * 2_654_435_761 % 2**32


def _digest(number: int) -> str:
    return f"sha256:{_scatter(number):08x}{number:056x}"


def _manifest(number: int) -> dict[str, Any]:
    return {
        "id": number + 1, "repository_id": 1, "sha256": _digest(number), "algorithm": "sha256",
        "media_type": "application/vnd.oci.image.manifest.v1+json", "kind": "image", "size_bytes": 500,
        "content_bytes": _scatter(number), "created_ms": _START_MS + number, "held_until_ms": 0, "platforms": "linux/amd64",
    }  # fmt: skip


def _tag(number: int) -> dict[str, Any]:
    return {
        "id": number + 1, "repository_id": 1, "name": f"v{number}", "manifest_id": number + 1, "algorithm": "sha256",
        "start_ms": _START_MS + _scatter(number) % 10**9, "end_ms": None, "restored": False, "immutable": number % 50 == 0,
        "moved_by": OWNER,
    }  # fmt: skip


def _listing(number: int) -> dict[str, Any]:
    kept = _tag(number)
    return {
        "repository_id": 1, "name": kept["name"], "tag_id": kept["id"], "manifest_id": kept["id"], "digest": _digest(number),
        "size_bytes": _scatter(number), "start_ms": kept["start_ms"], "end_ms": NEVER_MS if number % 10 else NEVER_MS - 1 - number,
        "moved_by": f"robot{number % 40}", "immutable": kept["immutable"], "restored": False, "signed": number % 3 == 0,
        "referrers": number % 7, "pulls": _scatter(number) % 100_000, "last_pulled_ms": _START_MS + number * 7919 % 10**8,
    }  # fmt: skip


def explain_page(connection: Connection, column: str, *, descending: bool, place: Sequence[Any] | None, now_ms: int) -> list[str]:
    """The lines of the database's plan for a page."""
    statement = build_page(column, descending=descending, asked=(), is_first=place is None)
    values = {"repository_id": 1, "now_ms": now_ms, "maximum": _PAGE + 1}
    values |= {f"place_{number}": value for number, value in enumerate(place or ())}
    sql = str(statement.params(values).compile(connection, compile_kwargs={"literal_binds": True}))
    if connection.dialect.name == "sqlite":
        return [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    return [row[0].strip() for row in connection.exec_driver_sql(f"EXPLAIN {sql}")]


def measure_pages(database: Database) -> dict[str, PageTime]:
    """Every column in both directions."""
    return {
        sign + name: database.read_now(_measure, Order(column, descending=bool(sign)))
        for name, column in SORT_COLUMNS.items()
        for sign in ("", "-")
    }


def _measure(work: UnitOfWork, order: Order) -> PageTime:
    number = work.connection.exec_driver_sql("SELECT count(*) FROM tag_listing").scalar_one()
    column = "" if order.column == "name" else f"{order.column}, "
    direction = "DESC" if order.descending else "ASC"
    middle = work.connection.exec_driver_sql(
        f"SELECT {column}name FROM tag_listing ORDER BY {column.replace(',', f' {direction},')}name {direction} LIMIT 1 OFFSET {number // 2}"
    ).one()
    place = list(middle)
    plan = explain_page(work.connection, order.column, descending=order.descending, place=place, now_ms=work.now_ms)
    return PageTime(_time(work, order, None), _time(work, order, place), _name_source(plan))


def _name_source(plan: Sequence[str]) -> str:
    """The line that says where rows come from, without PostgreSQL's guesses about costs."""
    return plan[1 if plan[0].startswith("Limit") else 0].removeprefix("->").partition("  (cost")[0].strip()


def _time(work: UnitOfWork, order: Order, place: Sequence[Any] | None) -> float:
    walls = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        list_tags(work, _IDENTITY, REPOSITORY, EVERYTHING, order, place=place, maximum=_PAGE)
        walls.append(time.perf_counter() - started)
    return round(statistics.median(walls) * 1000, 3)


def measure_both(number: int, workdir: Path | None, say: Callable[[str], None]) -> Mapping[str, Mapping[str, PageTime]]:
    """On SQLite and on PostgreSQL, each with a database of its own."""
    found: dict[str, Mapping[str, PageTime]] = {}
    with open_workspace(workdir) as folder:
        for engine, url in _databases(folder):
            upgrade(url)
            database = Database(url, clock=SystemClock(), read_threads=1, write_threads=1)
            try:
                database.write_now(seed_tags, number)
                database.read_now(lambda work: work.connection.exec_driver_sql("ANALYZE"))
                found[engine] = measure_pages(database)
            finally:
                database.close()
            slowest = max(max(each.first_ms, each.middle_ms) for each in found[engine].values())
            say(f"{engine}: the slowest page of {_PAGE} takes {slowest:.2f} ms")
    return found


def _databases(folder: Path) -> Iterator[tuple[str, str]]:
    yield "SQLite", f"sqlite:///{folder / 'tags.db'}"
    with _cluster(folder) as url:
        yield "PostgreSQL", url


@contextmanager
def _cluster(folder: Path) -> Iterator[str]:
    with PostgresCluster(folder / "postgresql") as cluster:
        cluster.create_database("tags")
        yield cluster.url("tags").replace("postgresql://", "postgresql+psycopg://")


def save(path: Path, number: int, found: Mapping[str, Mapping[str, PageTime]]) -> None:
    """Write NAME.json and NAME.md."""
    values = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "tags": number,
        "machine": describe_machine(path.parent).as_json(),
        "pages": {engine: {name: asdict(each) for name, each in pages.items()} for engine, pages in found.items()},
    }
    path.with_suffix(".json").write_text(json.dumps(values, indent=1) + "\n")
    path.with_suffix(".md").write_text(render(number, found))


def render(number: int, found: Mapping[str, Mapping[str, PageTime]]) -> str:
    """The table that people read."""
    lines = [
        f"# Pages of {_PAGE} tags in a repository of {number:,}",
        "",
        "Milliseconds (median) of the verb behind `GET /api/v1/repository/.../tag/?sort=`, with permission, labels and platforms: the first",
        "page, and one in the middle of the list. `-` turns the order around. The last column is where the database takes the page from.",
    ]
    for engine, pages in found.items():
        lines += ["", f"## {engine}", "", "| sort | first page | middle page | plan |", "|---|---|---|---|"]
        lines += [
            f"| `{name}` | {each.first_ms:.2f} | {each.middle_ms:.2f} | {each.index.replace('|', '/')} |" for name, each in pages.items()
        ]
    return "\n".join(lines) + "\n"
