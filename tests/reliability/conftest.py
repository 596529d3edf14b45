"""Real servers under test, on each engine."""

import uuid
from collections.abc import Iterator

import pytest

from tests.services.databases import chosen_engines
from tests.services.postgres import PostgresServer


@pytest.fixture(scope="module", params=chosen_engines())
def server_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The address of an empty database for the real server of a module: None stands for SQLite in its data folder."""
    yield from _open_database(request)


@pytest.fixture(params=chosen_engines())
def own_server_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """As `server_url`, for the server of one test."""
    yield from _open_database(request)


def _open_database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    if request.param == "sqlite":
        yield None
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    name = f"server_{uuid.uuid4().hex}"
    yield postgres.create_database(name)
    postgres.drop_database(name)
