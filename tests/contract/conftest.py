"""One server on each engine for the whole contract, and the world of the permission matrix on it."""

from collections.abc import Iterator

import pytest

from pierhead.platform.clock import ManualClock
from pierhead.settings import AccessSettings, MailSettings
from tests.contract.world import World
from tests.registry.client import HOST, Server
from tests.registry.servers import make_settings
from tests.services.databases import chosen_engines, copy_sqlite
from tests.services.postgres import PostgresServer

_DATABASE = "contract"


@pytest.fixture(scope="session", params=chosen_engines())
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The whole application."""
    folder = tmp_path_factory.mktemp(f"contract-{request.param}")
    if request.param == "sqlite":
        url = copy_sqlite(request.getfixturevalue("sqlite_template"), folder / "pierhead.db")
    else:
        postgres: PostgresServer = request.getfixturevalue("postgres")
        url = postgres.create_database(_DATABASE, template=request.getfixturevalue("postgres_template"))
    # What only settings switch on is on. Nothing is mailed, because no worker runs.
    switched = {
        "access": AccessSettings(superuser_config_dump=True),
        "mail": MailSettings(host="mail.example.com", sender="registry@example.com"),
        "public_url": f"https://{HOST}",
    }
    opened = Server(make_settings(folder, url).model_copy(update=switched), ManualClock())
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def world(server: Server) -> Iterator[World]:
    built = World(server)
    yield built
    built.close()
