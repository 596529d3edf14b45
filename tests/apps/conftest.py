"""One server on each engine for all tests of application repositories, and a client of their protocol."""

import base64
import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest

from pierhead.platform.clock import ManualClock
from tests.registry.client import Answer, Client, Server
from tests.registry.people import People
from tests.registry.servers import open_server
from tests.services.databases import chosen_engines

_PACKAGES = "/cnr/api/v1/packages"


@pytest.fixture(scope="session")
def server_clock() -> ManualClock:
    """The clock of the servers. A test may move it: it never goes back."""
    return ManualClock()


@pytest.fixture(scope="session", params=chosen_engines())
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server_clock: ManualClock) -> Iterator[Server]:
    """The application that the tests talk to."""
    opened = open_server(request, tmp_path_factory, "apps", server_clock)
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
def stranger(people: People) -> Client:
    """A user without any right on what the others have."""
    return people.user("stranger")


@pytest.fixture
def package(owner: Client) -> str:
    """A private package of the owner with the release 1.0.0."""
    name = f"{owner.name}/chart"
    assert push(owner, name, "1.0.0").status == 200
    return name


def make_package(content: str = "name: chart\n", *, time: int = 0) -> bytes:
    """A gzipped tar with a chart; the same for the same arguments, another `time` gives other bytes with the same tar in them."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        entry = tarfile.TarInfo("chart/Chart.yaml")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content.encode()))
    return gzip.compress(tar.getvalue(), mtime=time)


def push(
    client: Client, name: str, release: str, blob: bytes | None = None, *, media_type: str = "helm", query: str = "", **fields: Any
) -> Answer:
    """Push a release (with content of its own unless given)."""
    content = make_package(f"version: {release}\n") if blob is None else blob
    body = {"release": release, "media_type": media_type, "blob": base64.b64encode(content).decode(), **fields}
    return call(client, "POST", f"/{name}{query}", body)


def call(client: Client, method: str, path: str, body: object = None) -> Answer:
    """Send a request below the packages; `body` is sent as JSON."""
    headers = {} if body is None else {"content-type": "application/json"}
    return client.call(method, _PACKAGES + path, headers=headers, body=b"" if body is None else json.dumps(body).encode())


def error_code(answer: Answer) -> str:
    """The code of a refusal."""
    return str(answer.json["error"]["code"])
