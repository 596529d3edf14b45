"""The server for large bodies, one for each file of tests."""

import logging
from collections.abc import Iterator

import pytest

from tests.platform.web.direct_server import BodyApplication, BodyServer, RawClient


@pytest.fixture(scope="module")
def shared() -> Iterator[BodyServer]:
    with BodyServer(BodyApplication()) as running:
        yield running


@pytest.fixture
def server(shared: BodyServer, caplog: pytest.LogCaptureFixture) -> Iterator[BodyServer]:
    """The server; afterwards it has complained of nothing."""
    application = shared.application
    application.go_on.clear()
    for waiting in (application.arrived, application.outcomes):
        while not waiting.empty():
            waiting.get()
    yield shared
    application.go_on.set()
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR] == []


@pytest.fixture
def client(server: BodyServer) -> Iterator[RawClient]:
    with server.connect() as connected:
        yield connected
