"""One server on each engine for all tests of the registry; every test has users and repositories of its own on it."""

from collections.abc import Callable, Iterator

import pytest

from pierhead.platform.clock import ManualClock
from tests.registry.client import Client, Server
from tests.registry.people import People
from tests.registry.servers import open_server
from tests.services.databases import chosen_engines

_DATABASE = "registry"

NewServer = Callable[..., Server]


@pytest.fixture(scope="session")
def shared_clock() -> ManualClock:
    """The clock of the shared servers. A test may move it: it never goes back."""
    return ManualClock()


@pytest.fixture(scope="session", params=chosen_engines())
def shared_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shared_clock: ManualClock) -> Iterator[Server]:
    server = open_server(request, tmp_path_factory, _DATABASE, shared_clock)
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
