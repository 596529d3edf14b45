"""What every test may ask for: a database on either engine, a clock, and the servers that stand beside Pierhead."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database
from tests.services.databases import chosen_engines, copy_sqlite, create_schema
from tests.services.postgres import PostgresServer
from tests.services.tools import count_missing

_POSTGRES_TEMPLATE = "pierhead_template"

# The same examples in every run and no clock in the judgement; HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this test run (of this process, under xdist)."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of a PostgreSQL database with every table and no row."""
    create_schema(postgres.create_database(_POSTGRES_TEMPLATE))
    return _POSTGRES_TEMPLATE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no row."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    create_schema(f"sqlite:///{file}")
    return file


@pytest.fixture(params=chosen_engines())
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of this test's own, with every table and no row; the test runs once on each engine."""
    if request.param not in chosen_engines():
        pytest.skip(f"PIERHEAD_TEST_DATABASE leaves out {request.param}")
    if request.param == "sqlite":
        yield copy_sqlite(request.getfixturevalue("sqlite_template"), tmp_path / "pierhead.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"test_{uuid.uuid4().hex}"
    yield server.create_database(name, template=request.getfixturevalue("postgres_template"))
    server.drop_database(name)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still until the test moves it."""
    return ManualClock()


@pytest.fixture
def database(database_url: str, clock: ManualClock) -> Iterator[Database]:
    """The test's database, open."""
    opened = Database(database_url, clock=clock, read_threads=2, write_threads=2, synchronous="NORMAL")
    yield opened
    opened.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tools were missing and how many tests were skipped for each."""
    reports = terminalreporter.stats.get("skipped", [])
    missing = count_missing(report.longrepr[2] for report in reports if isinstance(report.longrepr, tuple))
    if missing:
        terminalreporter.section("tools that were missing")
    for (tool, package), tests in sorted(missing.items()):
        terminalreporter.write_line(f"{tool}: {tests} test{'s' if tests != 1 else ''} skipped; install {package}")
