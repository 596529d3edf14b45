"""One server on each engine for all tests of the registry; every test has users and repositories of its own on it."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pierhead.platform.clock import ManualClock
from pierhead.settings import DatabaseSettings, RegistrySettings, Settings
from tests.registry.client import Client, Server
from tests.registry.people import People
from tests.services.databases import chosen_engines, copy_sqlite
from tests.services.postgres import PostgresServer

_DATABASE = "registry"
_SECRET_KEY = base64.b64encode(bytes(range(32))).decode()

NewServer = Callable[..., Server]


@pytest.fixture(scope="session")
def shared_clock() -> ManualClock:
    """The clock of the shared servers. A test may move it: it never goes back."""
    return ManualClock()


@pytest.fixture(scope="session", params=chosen_engines())
def shared_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shared_clock: ManualClock) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp(f"registry-{request.param}")
    if request.param == "sqlite":
        url = copy_sqlite(request.getfixturevalue("sqlite_template"), folder / "pierhead.db")
    else:
        postgres: PostgresServer = request.getfixturevalue("postgres")
        url = postgres.create_database(_DATABASE, template=request.getfixturevalue("postgres_template"))
    server = Server(make_settings(folder, url), shared_clock)
    yield server
    server.close()


@pytest.fixture
def server(shared_server: Server) -> Server:
    """The application that the tests talk to."""
    return shared_server


@pytest.fixture
def clock(shared_clock: ManualClock) -> ManualClock:
    return shared_clock


@pytest.fixture
def new_server(server: Server, shared_clock: ManualClock) -> Iterator[NewServer]:
    """Starts another process over the same database and storage, with other settings where the test gives some."""
    opened: list[Server] = []

    def start(**changes: object) -> Server:
        other = Server(server.settings.model_copy(update=changes), shared_clock)
        opened.append(other)
        return other

    yield start
    for other in opened:
        other.close()


@pytest.fixture
def people(server: Server) -> People:
    return People(server)


@pytest.fixture
def owner(people: People) -> Client:
    """A user with a namespace of the same name."""
    return people.user()


@pytest.fixture
def repository(people: People, owner: Client) -> str:
    """A private repository of the owner without content."""
    return people.repository(owner)


@pytest.fixture
def anonymous(people: People) -> Client:
    return people.anonymous


def make_settings(folder: Path, database_url: str) -> Settings:
    """Small limits where a test has to go beyond them."""
    return Settings(
        data_dir=folder,
        secret_key=_SECRET_KEY,
        database=DatabaseSettings(url=database_url, read_threads=2, write_threads=2, synchronous="NORMAL"),
        registry=RegistrySettings(maximum_layer_bytes=3 * 1024 * 1024),
    )
