"""Sign-in with the passwords of a real LDAP directory."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pierhead.access.backends.registry import open_directory
from pierhead.access.external_sign_in import ExternalSignIn
from pierhead.access.model.errors import InvalidCredentials
from pierhead.access.model.identity import ANONYMOUS, Identity
from pierhead.access.search_directory import search_directory
from pierhead.access.services import AccessServices
from pierhead.platform.clock import ManualClock
from pierhead.platform.errors import ConfigurationError, RateLimited, Unavailable
from pierhead.settings import LdapSettings
from tests.access.builders import PASSWORD, ApiClient, add_user, log_in
from tests.access.conftest import MakeClient, log_kinds
from tests.services.ldap import BASE, SEARCHER, SEARCHER_PASSWORD, LdapServer


@pytest.fixture(scope="module")
def server() -> Iterator[LdapServer]:
    running = LdapServer()
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def directory(server: LdapServer) -> LdapServer:
    """The server, with nobody in it but Ada."""
    server.clear()
    server.add_person("ada", PASSWORD)
    return server


@pytest.fixture
def changes(directory: LdapServer) -> dict[str, Any]:
    """Settings that are not as the other tests have them; a test may override this fixture."""
    return {}


def make_settings(server: LdapServer, **changes: Any) -> LdapSettings:
    return LdapSettings(
        **{"url": server.url, "bind_dn": SEARCHER, "bind_password": SEARCHER_PASSWORD, "base_dn": BASE, "connect_seconds": 2, **changes}
    )


@pytest.fixture
def external(directory: LdapServer, changes: dict[str, Any]) -> ExternalSignIn:
    return ExternalSignIn(directory=open_directory(make_settings(directory, **changes)))


def me(client: ApiClient) -> dict[str, Any]:
    answer = client.get("/user/")
    found: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
    return found


def test_the_first_sign_in_makes_an_account_and_the_second_finds_it(
    client: ApiClient, new_client: MakeClient, services: AccessServices, directory: LdapServer
) -> None:
    assert client.sign_in("ada").json() == {"success": True}

    user = me(client)
    assert (user["username"], user["email"], user["has_password_set"]) == ("ada", "ada@example.com", False)
    assert user["logins"] == [{"service": "ldap", "service_identifier": "ada", "metadata": {"service_username": "ada"}}]
    assert log_kinds(services, "ada") == ["user_create", "login_success"]
    other = new_client()
    assert other.sign_in("ADA@example.com").status_code == 200
    assert me(other)["username"] == "ada"


@pytest.mark.parametrize("username", ["ada", "ADA", "ada@example.com"])
def test_clients_of_the_registry_send_the_same_password(username: str, services: AccessServices) -> None:
    assert log_in(services, username, PASSWORD).name == "ada"


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("ada", "wrong"),
        ("ada", ""),
        ("nobody", PASSWORD),
        ("*", PASSWORD),
        ("a*", PASSWORD),
        ("ada)(uid=*", PASSWORD),
        ("ada)(|(uid=*", PASSWORD),
        ("\x00", PASSWORD),
        ("", PASSWORD),
        ("x" * 500, PASSWORD),
    ],
)
def test_wrong_credentials_are_refused(username: str, password: str, services: AccessServices) -> None:
    with pytest.raises(InvalidCredentials):
        log_in(services, username, password)


def test_a_password_is_remembered_for_a_short_time_only(services: AccessServices, directory: LdapServer, clock: ManualClock) -> None:
    log_in(services, "ada", PASSWORD)
    log_in(services, "ada", PASSWORD)
    directory.change_person("ada", userPassword="another-password")

    assert log_in(services, "ada", PASSWORD).name == "ada"
    clock.advance(seconds=61)
    with pytest.raises(InvalidCredentials):
        log_in(services, "ada", PASSWORD)
    assert log_in(services, "ada", "another-password").name == "ada"


def test_whoever_leaves_the_directory_is_refused(services: AccessServices, directory: LdapServer, clock: ManualClock) -> None:
    log_in(services, "ada", PASSWORD)
    directory.remove_person("ada")
    clock.advance(seconds=61)

    with pytest.raises(InvalidCredentials):
        log_in(services, "ada", PASSWORD)


def test_guesses_are_slowed_down(services: AccessServices) -> None:
    for _ in range(3):
        with pytest.raises(InvalidCredentials):
            log_in(services, "ada", "wrong")

    with pytest.raises(RateLimited):
        log_in(services, "ada", PASSWORD)


def test_nobodys_account_is_taken_over(services: AccessServices) -> None:
    add_user(services, "ada", password="the-local-password")

    assert log_in(services, "ada", "the-local-password").name == "ada"
    assert log_in(services, "ada", PASSWORD).name == "ada-2"
    # From now on the name belongs to the person of the directory.
    with pytest.raises(InvalidCredentials):
        log_in(services, "ada", "the-local-password-2")
    assert log_in(services, "ada", PASSWORD).name == "ada-2"


def test_accounts_with_a_password_of_their_own_still_sign_in(client: ApiClient, services: AccessServices) -> None:
    add_user(services, "root-of-all", password="the-local-password")

    assert client.sign_in("root-of-all", "the-local-password").status_code == 200


def test_a_dangerous_call_asks_for_the_directorys_password(client: ApiClient, clock: ManualClock, services: AccessServices) -> None:
    add_user(services, "ada")
    client.sign_in("ada", PASSWORD)
    client.call("POST", "/organization/", {"name": "harbour"})
    clock.advance(seconds=services.options.fresh_login_seconds + 1)

    assert client.call("DELETE", "/organization/harbour").json()["title"] == "fresh_login_required"
    assert client.call("POST", "/signin/verify", {"password": "wrong"}).status_code == 403
    assert client.call("POST", "/signin/verify", {"password": PASSWORD}).status_code == 200
    assert client.call("DELETE", "/organization/harbour").status_code == 204


def test_a_password_verifies_only_its_own_account(services: AccessServices, directory: LdapServer, new_client: MakeClient) -> None:
    """The account ada-2 is the directory's Ada; a person called ada-2 there is somebody else."""
    add_user(services, "ada", password="the-local-password")
    client = new_client()
    client.sign_in("ada")
    directory.add_person("ada-2", "other-password")

    assert client.call("POST", "/signin/verify", {"password": "other-password"}).status_code == 403
    assert client.call("POST", "/signin/verify", {"password": PASSWORD}).status_code == 200


def test_accounts_are_made_and_changed_in_the_directory(client: ApiClient) -> None:
    client.fetch_csrf_token()
    assert client.call("POST", "/user/", {"username": "eve", "password": PASSWORD, "email": "e@example.com"}).status_code == 404
    client.sign_in("ada")

    assert client.call("PUT", "/user/", {"password": "another-password"}).status_code == 400
    assert client.call("POST", "/user/clientkey", {"password": PASSWORD}).status_code == 404
    assert client.call("DELETE", "/user/").status_code == 404


def test_the_kind_of_sign_in_is_announced(client: ApiClient) -> None:
    config = client.http.get("/config").json()

    assert config["config"]["AUTHENTICATION_TYPE"] == "LDAP"
    assert config["features"]["TEAM_SYNCING"] is True


def test_people_who_were_never_here_are_found(services: AccessServices, directory: LdapServer) -> None:
    for name in ("alan", "alonzo", "bob"):
        directory.add_person(name, PASSWORD)
    ada = log_in(services, "ada", PASSWORD)

    def search(identity: Identity, prefix: str, limit: int = 10) -> list[str]:
        return [user.subject for user in asyncio.run(search_directory(services, identity, prefix, limit))]

    assert search(ada, "a") == ["alan", "alonzo"], "ada has an account"
    assert search(ada, "AL", 1) == ["alan"]
    for prefix in ("", "*", "a*", "x", "\x00"):
        assert search(ada, prefix) == []
    assert search(ANONYMOUS, "a") == []
    directory.clear()
    assert search(ada, "a") == []


class TestFilters:
    @pytest.fixture
    def changes(self, directory: LdapServer) -> dict[str, Any]:
        directory.add_person("bob", PASSWORD)
        directory.add_person("carol", PASSWORD)
        group = directory.set_group("admins", ["ada"])
        return {"user_filter": "(&(objectClass=inetOrgPerson)(!(uid=bob)))", "superuser_filter": f"(memberOf={group})"}

    def test_only_people_who_match_may_sign_in(self, services: AccessServices) -> None:
        assert log_in(services, "carol", PASSWORD).name == "carol"
        with pytest.raises(InvalidCredentials):
            log_in(services, "bob", PASSWORD)

    def test_superusers_are_asked_for_at_each_sign_in(self, services: AccessServices, directory: LdapServer, clock: ManualClock) -> None:
        assert log_in(services, "ada", PASSWORD).is_superuser
        assert not log_in(services, "carol", PASSWORD).is_superuser

        directory.set_group("admins", ["carol"])
        clock.advance(seconds=61)

        assert not log_in(services, "ada", PASSWORD).is_superuser
        assert log_in(services, "carol", PASSWORD).is_superuser


class TestTakingOverNames:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"link_existing": "name"}

    def test_the_account_of_the_same_name_is_taken_over_and_its_old_password_ends(self, services: AccessServices) -> None:
        add_user(services, "ada", password="the-local-password")

        assert log_in(services, "ada", PASSWORD).name == "ada"
        with pytest.raises(InvalidCredentials):
            log_in(services, "ada", "the-local-password")


@pytest.mark.parametrize("kind", ["tls", "start_tls"])
def test_the_connection_may_be_encrypted(kind: str, directory: LdapServer) -> None:
    url = {"url": directory.tls_url} if kind == "tls" else {"url": f"ldap://localhost:{directory.port}", "start_tls": True}
    opened = open_directory(make_settings(directory, ca_file=directory.ca_file, **url))

    assert opened is not None
    found = opened.check_password("ada", PASSWORD)
    assert found is not None
    assert found.subject == "ada"


@pytest.mark.parametrize(
    "wrong",
    [
        {"bind_password": "wrong"},
        {"url": "ldap://127.0.0.1:1"},
        {"url": "tls without its authority"},
        {"url": "tls of another name", "ca_file": "its authority"},
        {"base_dn": "dc=nowhere,dc=com", "user_base": "not a dn"},
    ],
)
def test_a_directory_that_cannot_be_asked_is_no_wrong_password(wrong: dict[str, str], directory: LdapServer) -> None:
    urls = {"tls without its authority": directory.tls_url, "tls of another name": directory.tls_url.replace("localhost", "127.0.0.1")}
    settings: dict[str, Any] = {**wrong}
    if "url" in wrong:
        settings["url"] = urls.get(wrong["url"], wrong["url"])
    if "ca_file" in wrong:
        settings["ca_file"] = directory.ca_file
    opened = open_directory(make_settings(directory, **settings))

    assert opened is not None
    with pytest.raises(Unavailable) as raised:
        opened.check_password("ada", PASSWORD)
    assert PASSWORD not in str(raised.value)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"user_filter": "((("}, "ldap.user_filter"),
        ({"superuser_filter": "nothing"}, "ldap.superuser_filter"),
        ({"username_attribute": "uid)("}, "ldap.username_attribute"),
        ({"base_dn": ""}, "ldap.base_dn"),
        ({"url": "ldaps://localhost", "ca_file": Path("/no/such/file")}, "ldap.ca_file"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(wrong: dict[str, Any], name: str, directory: LdapServer) -> None:
    with pytest.raises(ConfigurationError, match=name):
        open_directory(make_settings(directory, **wrong))


def test_many_may_sign_in_at_once(services: AccessServices, directory: LdapServer) -> None:
    names = [f"user{number}" for number in range(12)]
    for name in names:
        directory.add_person(name, PASSWORD)

    async def all_at_once() -> list[object]:
        return await asyncio.gather(*(services.passwords.check(None, name, PASSWORD) for name in names))

    assert None not in asyncio.run(all_at_once())
