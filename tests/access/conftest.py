"""Access as the composition root builds it, and clients of the REST API."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from starlette.datastructures import State
from starlette.testclient import TestClient

from pierhead.access.api.errors import SPECIAL_ERRORS
from pierhead.access.api.routers import ROUTERS
from pierhead.access.external_sign_in import ExternalSignIn
from pierhead.access.repository_grants import NoRepositoryGrants
from pierhead.access.services import AccessServices
from pierhead.accounts.organizations import add_team_member, create_team, get_organization
from pierhead.accounts.users import get_namespace
from pierhead.audit import store
from pierhead.audit.model import SYSTEM, LogEntry
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database, UnitOfWork
from pierhead.platform.secrets import SecretBox
from pierhead.platform.web.api import create_api
from pierhead.platform.web.errors import ErrorTable
from pierhead.settings import AccessSettings
from tests.access.builders import ApiClient, add_user, make_secret_box
from tests.access.post import Post, make_mailing
from tests.services.oidc_provider import OidcProvider, running_provider
from tests.services.smtp import SmtpServer

MakeClient = Callable[..., ApiClient]
Join = Callable[[str, str], ApiClient]


@pytest.fixture
def secret_box() -> SecretBox:
    return make_secret_box()


@pytest.fixture
def options() -> AccessSettings:
    """Settings that throttle soon; a test may override this fixture."""
    return AccessSettings(login_attempts=3)


@pytest.fixture
def grants() -> NoRepositoryGrants:
    """What the room of repositories would answer; a test may override this fixture."""
    return NoRepositoryGrants()


@pytest.fixture
def external() -> ExternalSignIn:
    """Who else vouches for callers: nobody. A test may override this fixture."""
    return ExternalSignIn()


@pytest.fixture
def services(
    database: Database, secret_box: SecretBox, options: AccessSettings, grants: NoRepositoryGrants, external: ExternalSignIn
) -> Iterator[AccessServices]:
    built = AccessServices.build(database, secret_box, options, grants, external)
    yield built
    built.close()


@pytest.fixture(scope="session")
def api_application() -> FastAPI:
    """The application, whose routes take long to make; each test gives it a state of its own."""
    return create_api(ROUTERS, ErrorTable(SPECIAL_ERRORS), {})


@pytest.fixture
def new_client(api_application: FastAPI, services: AccessServices) -> Iterator[MakeClient]:
    """Makes clients, each with cookies of its own, of one application."""
    api_application.state = State({"access": services})
    opened: list[TestClient] = []

    def make(**headers: str) -> ApiClient:
        client = TestClient(api_application, base_url="http://registry.example.com", headers=headers)
        opened.append(client)
        return ApiClient(client)

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def provider(clock: ManualClock) -> Iterator[OidcProvider]:
    """An OpenID Connect provider that goes by the test's clock."""
    with running_provider(lambda: clock.now().timestamp()) as running:
        yield running


@pytest.fixture
def client(new_client: MakeClient) -> ApiClient:
    """A client that nobody has signed in with."""
    return new_client()


@pytest.fixture
def owner(services: AccessServices, client: ApiClient) -> ApiClient:
    """Ada's client, signed in; she owns the organization `harbour`."""
    add_user(services, "ada")
    client.sign_in("ada")
    assert client.call("POST", "/organization/", {"name": "harbour", "email": "harbour@example.com"}).json() == "Created"
    return client


@pytest.fixture
def join(services: AccessServices, owner: ApiClient, new_client: MakeClient) -> Join:
    """Makes a new user, puts it into a team of `harbour` with this role, and signs it in."""

    def make(name: str, role: str) -> ApiClient:
        user = add_user(services, name)
        organization = services.database.read_now(get_organization, "harbour")
        services.database.write_now(create_team, SYSTEM, organization, f"{role}s", role)
        services.database.write_now(add_team_member, SYSTEM, organization, f"{role}s", user)
        client = new_client()
        client.sign_in(name)
        return client

    return make


@pytest.fixture
def mailing_services(
    database: Database, secret_box: SecretBox, options: AccessSettings, grants: NoRepositoryGrants
) -> Iterator[AccessServices]:
    """Services that mail; a test module that needs them lets its `services` be these."""
    built = AccessServices.build(database, secret_box, options, grants, mailing=make_mailing(secret_box))
    yield built
    built.close()


@pytest.fixture
def post(services: AccessServices) -> Iterator[Post]:
    """The post of services that mail."""
    with SmtpServer() as server:
        yield Post(services, server)


def log_kinds(services: AccessServices, name: str) -> list[str]:
    """What the log tells of a namespace, oldest first."""
    return [entry.kind for entry in log_entries(services, name)]


def log_entries(services: AccessServices, name: str) -> list[LogEntry]:
    """The log of a namespace, oldest first."""

    def read(work: UnitOfWork) -> list[LogEntry]:
        namespace = get_namespace(work, name)
        return list(reversed(store.list_entries_of_namespace(work.connection, namespace.id, 100)))

    return services.database.read_now(read)
