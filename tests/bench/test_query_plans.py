"""The questions of a large registry are answered along indexes on both engines: no table that grows is read from end to end."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from bench.bulk import seed
from bench.latency import list_questions
from bench.seeding import Company, Size
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database, UnitOfWork
from tests.services.databases import chosen_engines, copy_sqlite
from tests.services.postgres import PostgresServer

# Enough rows that PostgreSQL's planner prefers an index, few enough for a test. Smaller tables it may well read whole.
_COMPANY = Company(Size(users=600, organizations=100, repositories=8000, log_rows=40_000))
_GROWING = frozenset({"repository", "repository_permission", "repository_gram", "audit_log", "pull_counter"})
_SCANS = {"sqlite": re.compile(r"SCAN (\w+)"), "postgresql": re.compile(r"Seq Scan on (\w+)")}
_NUMBER = re.compile(r"_\d+$")  # a table that a statement names twice
_ROUNDS = range(1, 4)


@pytest.fixture(scope="module", params=chosen_engines())
def large(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with a company in it, whose figures the planner knows."""
    if request.param == "sqlite":
        url = copy_sqlite(request.getfixturevalue("sqlite_template"), tmp_path_factory.mktemp("large") / "pierhead.db")
    else:
        postgres: PostgresServer = request.getfixturevalue("postgres")
        url = postgres.create_database("large", template=request.getfixturevalue("postgres_template"))
    seed(url, _COMPANY, lambda _line: None)
    database = Database(url, clock=ManualClock(_COMPANY.now), read_threads=1)
    yield database
    database.close()


@pytest.mark.parametrize("question", sorted(list_questions(_COMPANY)))
def test_a_question_reads_no_growing_table_from_end_to_end(question: str, large: Database) -> None:
    ask = list_questions(_COMPANY)[question]

    def explain(work: UnitOfWork) -> list[str]:
        driver: Any = work.connection.connection.driver_connection
        watch = _watch_sqlite if large.engine.dialect.name == "sqlite" else _watch_postgresql
        return watch(driver, lambda: [ask(work, number) for number in _ROUNDS])

    plans = large.read_now(explain)

    assert plans
    names = (name for plan in plans for name in _SCANS[large.engine.dialect.name].findall(plan))
    scanned = {_NUMBER.sub("", name) for name in names}
    assert not scanned & _GROWING, "\n".join(plans)


def _watch_sqlite(driver: Any, run: Any) -> list[str]:
    statements: list[str] = []
    driver.set_trace_callback(statements.append)
    run()
    driver.set_trace_callback(None)
    asked = [statement for statement in statements if statement.lstrip("( ").upper().startswith(("SELECT", "WITH"))]
    return [row[-1] for statement in asked for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}")]


def _watch_postgresql(driver: Any, run: Any) -> list[str]:
    """The server itself tells the plan of everything that it runs, also of what was prepared."""
    plans: list[str] = []

    def keep(notice: Any) -> None:
        plans.append(notice.message_primary)

    driver.execute("LOAD 'auto_explain'")
    # Everything lies in memory or on a disk that seeks at once, as a server is told that runs on one.
    for setting in (
        "random_page_cost = 1.1",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_level = 'notice'",
        "client_min_messages = 'notice'",
    ):
        driver.execute(f"SET {setting}")
    driver.add_notice_handler(keep)
    run()
    driver.remove_notice_handler(keep)
    driver.execute("SET auto_explain.log_min_duration = -1")
    return plans
