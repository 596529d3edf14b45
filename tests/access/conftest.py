"""Access as the composition root builds it, and clients of the REST API."""

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from pierhead.access.api.errors import SPECIAL_ERRORS
from pierhead.access.api.routers import ROUTERS
from pierhead.access.services import AccessServices
from pierhead.platform.database import Database
from pierhead.platform.secrets import SecretBox
from pierhead.platform.web.api import create_api
from pierhead.platform.web.errors import ErrorTable
from pierhead.settings import AccessSettings
from tests.access.builders import ApiClient, make_secret_box

MakeClient = Callable[..., ApiClient]


@pytest.fixture
def secret_box() -> SecretBox:
    return make_secret_box()


@pytest.fixture
def options() -> AccessSettings:
    """Settings that throttle soon; a test may override this fixture."""
    return AccessSettings(login_attempts=3)


@pytest.fixture
def services(database: Database, secret_box: SecretBox, options: AccessSettings) -> Iterator[AccessServices]:
    built = AccessServices.build(database, secret_box, options)
    yield built
    built.close()


@pytest.fixture
def new_client(services: AccessServices) -> Iterator[MakeClient]:
    """Makes clients, each with cookies of its own, of one application."""
    application = create_api(ROUTERS, ErrorTable(SPECIAL_ERRORS), {"access": services})
    opened: list[TestClient] = []

    def make(**headers: str) -> ApiClient:
        client = TestClient(application, base_url="http://registry.example.com", headers=headers)
        opened.append(client)
        return ApiClient(client)

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def client(new_client: MakeClient) -> ApiClient:
    """A client that nobody has signed in with."""
    return new_client()
