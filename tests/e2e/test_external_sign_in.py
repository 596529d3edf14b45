"""Real clients, and identities from elsewhere: a directory's people, and a keyless robot with a token of its CI system."""

import json
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.e2e.client import Account, Client
from tests.e2e.web import ManagementSession, Registry
from tests.services.images import ImageLayout
from tests.services.ldap import BASE, SEARCHER, SEARCHER_PASSWORD, LdapServer
from tests.services.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider, running_provider
from tests.services.server import PASSWORD, PierheadServer

AUDIENCE = "registry.example.com"
SUBJECT = "repo:grace/app:ref:refs/heads/main"


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    with running_provider(time.time) as running:
        yield running


@pytest.fixture(scope="module")
def directory() -> Iterator[LdapServer]:
    running = LdapServer()
    try:
        running.start()
        running.add_person("grace", PASSWORD)
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def registry(provider: OidcProvider, directory: LdapServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PierheadServer]:
    """A server of this module's own, whose people are in the directory and at the provider."""
    company = {"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    environment = {
        "PIERHEAD_SIGNIN_FEDERATION_AUDIENCES": AUDIENCE,
        "PIERHEAD_SIGNIN_INSECURE_ISSUERS": "true",
        "PIERHEAD_OUTBOUND_ALLOWED_HOSTS": "127.0.0.1",
        "PIERHEAD_OIDC_COMPANY": json.dumps(company),
        "PIERHEAD_LDAP_URL": directory.tls_url,
        "PIERHEAD_LDAP_CA_FILE": str(directory.ca_file),
        "PIERHEAD_LDAP_BIND_DN": SEARCHER,
        "PIERHEAD_LDAP_BIND_PASSWORD": SEARCHER_PASSWORD,
        "PIERHEAD_LDAP_BASE_DN": BASE,
    }
    with PierheadServer(tmp_path_factory.mktemp("pierhead"), environment=environment) as running:
        yield running


@pytest.fixture(scope="module")
def robot(registry: PierheadServer, provider: OidcProvider) -> str:
    """A robot of Grace's that the provider's subject may act as."""
    session = ManagementSession(registry.url, Account("grace", PASSWORD))
    name = session.create_robot("ci").name
    session.federate("ci", provider.issuer, SUBJECT)
    return name


def test_somebody_of_the_directory_logs_in_and_pushes(skopeo: Client, registry: PierheadServer, images: ImageLayout) -> None:
    skopeo.run("login", "--tls-verify=false", "-u", "grace", "--password-stdin", registry.address, given=PASSWORD)
    skopeo.run("copy", images.reference("one"), f"docker://{registry.address}/grace/app:v1", "--dest-tls-verify=false")

    said = skopeo.fail("login", "--tls-verify=false", "-u", "grace", "--password-stdin", registry.address, given="wrong")
    assert "invalid username/password" in said


def test_people_who_were_never_here_can_be_given_rights(registry: PierheadServer, directory: LdapServer) -> None:
    directory.add_person("hopper", PASSWORD)
    session = ManagementSession(registry.url, Account("grace", PASSWORD))

    found = session.get("/api/v1/entities/hop").json()["results"]

    assert [(entity["name"], entity["kind"], entity["title"]) for entity in found] == [("hopper", "external", "hopper@example.com")]


def test_a_robot_logs_in_with_the_token_of_its_ci_system(
    skopeo: Client, registry: PierheadServer, robot: str, provider: OidcProvider
) -> None:
    token = provider.make_token(SUBJECT, AUDIENCE)
    said = skopeo.run("login", "--tls-verify=false", "-u", robot, "--password-stdin", registry.address, given=token)
    assert "Login Succeeded" in said

    # Without the step to a bearer token too.
    assert Registry(registry.url, Account(robot, token)).get("/v2/").status == 200
    other = provider.make_token(SUBJECT, "another.example.com")
    assert Registry(registry.url, Account(robot, other)).get("/v2/").status == 401


def test_a_robot_exchanges_the_token_for_one_of_ours(skopeo: Client, registry: PierheadServer, robot: str, provider: OidcProvider) -> None:
    answer = httpx2.get(
        f"{registry.url}/oauth2/federation/robot/token", auth=(robot, provider.make_token(SUBJECT, AUDIENCE)), trust_env=False
    )

    assert answer.status_code == 200, answer.text
    ours = answer.json()["token"]
    said = skopeo.run("login", "--tls-verify=false", "-u", robot, "--password-stdin", registry.address, given=ours)
    assert "Login Succeeded" in said


def test_somebody_signs_in_at_the_provider(registry: PierheadServer, provider: OidcProvider) -> None:
    with httpx2.Client(base_url=registry.url, trust_env=False) as browser:
        there = browser.get("/oauth2/company/signin")
        back = browser.get(there.headers["Location"])
        answer = browser.get(back.headers["Location"])

        assert (answer.status_code, answer.headers["Location"]) == (302, "/")
        assert browser.get("/api/v1/user/").json()["username"] == "ada"
        assert urlsplit(there.headers["Location"]).netloc == urlsplit(provider.issuer).netloc
