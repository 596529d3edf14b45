"""The API of administration beside that of access, and clients of it."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from starlette.datastructures import State
from starlette.testclient import TestClient

from pierhead.access.api.errors import SPECIAL_ERRORS
from pierhead.access.api.routers import ROUTERS as ACCESS_ROUTERS
from pierhead.access.services import AccessServices
from pierhead.accounts.model.quotas import QuotaPolicy
from pierhead.administration.api.routers import ROUTERS
from pierhead.jobs import SCHEDULES
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database
from pierhead.platform.web.api import PlainPaths, create_api
from pierhead.platform.web.errors import ErrorTable
from pierhead.repositories.api.routers import LAST as REPOSITORY_LAST
from pierhead.repositories.api.routers import ROUTERS as REPOSITORY_ROUTERS
from pierhead.repositories.namespace_grants import StoredRepositoryGrants
from pierhead.repositories.services import RepositoryServices
from pierhead.settings import AccessSettings
from tests.access.builders import ApiClient, add_user, make_secret_box
from tests.registry.client import Server
from tests.registry.servers import open_server
from tests.services.databases import chosen_engines

MakeClient = Callable[..., ApiClient]
SignIn = Callable[[str], ApiClient]


@pytest.fixture
def options() -> AccessSettings:
    """The settings of access; a test may override this fixture."""
    return AccessSettings()


@pytest.fixture
def quotas() -> QuotaPolicy:
    """The settings of quotas; a test may override this fixture."""
    return QuotaPolicy(is_on=True)


@pytest.fixture
def state() -> dict[str, object]:
    """What the composition root puts into the application beside the usual; a test may override this fixture."""
    return {}


@pytest.fixture
def services(database: Database, options: AccessSettings, quotas: QuotaPolicy) -> Iterator[AccessServices]:
    built = AccessServices.build(database, make_secret_box(), options, StoredRepositoryGrants(quotas))
    yield built
    built.close()


@pytest.fixture(scope="session")
def api_application() -> FastAPI:
    """The application, whose routes take long to make; each test gives it a state of its own."""
    return create_api((*ROUTERS, *ACCESS_ROUTERS, *REPOSITORY_ROUTERS, *REPOSITORY_LAST), ErrorTable(SPECIAL_ERRORS), {})


@pytest.fixture
def new_client(api_application: FastAPI, services: AccessServices, quotas: QuotaPolicy, state: dict[str, object]) -> Iterator[MakeClient]:
    """Makes clients, each with cookies of its own, of one application."""
    parts = {
        "access": services,
        "schedules": SCHEDULES,
        "public_url": None,
        "quotas": quotas,
        "repositories": RepositoryServices(lambda _work, _repository, _most: (), nested_names=True),
        **state,
    }
    api_application.state = State(parts)
    opened: list[TestClient] = []

    def make() -> ApiClient:
        client = TestClient(PlainPaths(api_application), base_url="http://registry.example.com")
        opened.append(client)
        return ApiClient(client)

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def anonymous(new_client: MakeClient) -> ApiClient:
    """A client that nobody has signed in with."""
    client = new_client()
    client.fetch_csrf_token()
    return client


@pytest.fixture
def sign_in(services: AccessServices, new_client: MakeClient) -> SignIn:
    """Makes a new user of that name, signed in."""

    def sign_in(name: str) -> ApiClient:
        add_user(services, name)
        client = new_client()
        assert client.sign_in(name).status_code == 200
        return client

    return sign_in


@pytest.fixture
def root(services: AccessServices, new_client: MakeClient) -> ApiClient:
    """A superuser who has just signed in."""
    add_user(services, "root", is_superuser=True)
    client = new_client()
    assert client.sign_in("root").status_code == 200
    return client


@pytest.fixture(scope="module", params=chosen_engines())
def contract_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The whole application, as the composition root builds it."""
    opened = open_server(request, tmp_path_factory, f"administration_{uuid.uuid4().hex}", ManualClock())
    yield opened
    opened.close()
