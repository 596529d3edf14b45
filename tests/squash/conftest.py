"""One server on each engine for all tests of squashed images; every test has users and repositories of its own on it."""

from collections.abc import Callable, Iterator

import pytest

from pierhead.platform.clock import ManualClock
from tests.registry.client import Client, Server
from tests.registry.people import People
from tests.registry.servers import open_server
from tests.services.databases import chosen_engines

NewServer = Callable[..., Server]


@pytest.fixture(scope="session")
def server_clock() -> ManualClock:
    """The clock of the servers. A test may move it: it never goes back."""
    return ManualClock()


@pytest.fixture(scope="session", params=chosen_engines())
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server_clock: ManualClock) -> Iterator[Server]:
    """The application that the tests talk to."""
    opened = open_server(request, tmp_path_factory, "squash", server_clock)
    yield opened
    opened.close()


@pytest.fixture
def new_server(server: Server, server_clock: ManualClock) -> Iterator[NewServer]:
    """Starts another process over the same database and storage, with other settings where the test gives some."""
    opened: list[Server] = []

    def start(**changes: object) -> Server:
        other = Server(server.settings.model_copy(update=changes), server_clock)
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
