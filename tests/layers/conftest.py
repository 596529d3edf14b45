"""One server on each engine for all tests of layers; every test has users and repositories of its own on it."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from pierhead.jobs import JobServices
from pierhead.layers.jobs import ReadLayer, ReadNewLayers
from pierhead.platform.clock import ManualClock
from pierhead.platform.jobs import Job
from pierhead.registry.events import RepositoryPush
from tests.layers import running
from tests.registry.client import Client, Server
from tests.registry.content import Image, digest_of
from tests.registry.people import People
from tests.registry.servers import open_server
from tests.services.databases import chosen_engines

RunJob = Callable[[Job[JobServices]], None]
Push = Callable[[str, str, Image], Image]


@pytest.fixture(scope="session")
def server_clock() -> ManualClock:
    """The clock of the servers. A test may move it: it never goes back."""
    return ManualClock()


@pytest.fixture(scope="session", params=chosen_engines())
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server_clock: ManualClock) -> Iterator[Server]:
    """The application that the tests talk to."""
    opened = open_server(request, tmp_path_factory, "layers", server_clock)
    yield opened
    opened.close()


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
def run_job(server: Server) -> RunJob:
    """Runs a job of any kind as a worker does."""
    return partial(running.run_job, server)


@pytest.fixture
def push(owner: Client, run_job: RunJob) -> Push:
    """Pushes an image and lets the jobs of the push read its layers."""

    def push(repository: str, tag: str, image: Image) -> Image:
        pushed = owner.push_image(repository, tag, image)
        event = RepositoryPush(repository, (tag,), pushed.digest, pushed.media_type, owner.name)
        run_job(ReadNewLayers("id", event.name, 0, event))
        for blob in pushed.blobs[1:]:
            run_job(ReadLayer(digest_of(blob)))
        return pushed

    return push
