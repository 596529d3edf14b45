"""The server as a whole, and namespaces that a superuser takes over (api-v1/admin, section 1)."""

import base64
from typing import Any

import pytest

from pierhead.access.services import AccessServices
from pierhead.administration.jobs import CountRegistrySize
from pierhead.administration.store.sizes import set_size
from pierhead.platform.clock import to_milliseconds
from pierhead.settings import AccessSettings, DatabaseSettings, Settings, WebSettings
from pierhead.settings_dump import dump_settings
from tests.access.builders import ApiClient
from tests.administration.conftest import SignIn


@pytest.fixture
def ended() -> list[str]:
    """Fills when the server is shut down."""
    return []


@pytest.fixture
def state(ended: list[str]) -> dict[str, object]:
    return {"shutdown": lambda: ended.append("now"), "settings_dump": lambda: {"config": {}, "warning": {}, "env": {}, "schema": {}}}


@pytest.fixture
def options() -> AccessSettings:
    return AccessSettings(superusers_full_access=True)


def test_the_size_is_counted_by_a_job_that_is_asked_for_once(root: ApiClient, services: AccessServices) -> None:
    assert root.get("/superuser/registrysize/").json() == {"size_bytes": 0, "last_ran": None, "running": False, "queued": False}
    assert root.call("POST", "/superuser/registrysize/").status_code == 201
    assert root.call("POST", "/superuser/registrysize/").status_code == 202
    assert root.get("/superuser/registrysize/").json()["queued"] is True
    (job,) = root.get("/superuser/jobs").json()["jobs"]
    assert job["key"] == CountRegistrySize.name

    now_ms = to_milliseconds(services.database.clock.now())
    services.database.write_now(lambda work: set_size(work.connection, 42, counted_ms=work.now_ms))
    shown = root.get("/superuser/registrysize/").json()
    assert (shown["size_bytes"], shown["last_ran"]) == (42, now_ms)


def test_the_changes_of_every_release_are_shown(root: ApiClient) -> None:
    assert root.get("/superuser/changelog/").json()["log"].startswith("# Changelog")


def test_the_server_ends_behind_the_answer_where_the_settings_allow_it(root: ApiClient, ended: list[str]) -> None:
    answer = root.call("POST", "/superuser/shutdown")
    assert (answer.status_code, answer.json(), ended) == (200, {}, ["now"])


def test_a_server_with_a_user_is_ready(anonymous: ApiClient, root: ApiClient) -> None:
    assert anonymous.get("/superuser/registrystatus").json() == {"status": "ready"}


def test_neither_strangers_nor_users_touch_the_server(anonymous: ApiClient, sign_in: SignIn, ended: list[str]) -> None:
    ada = sign_in("ada")
    for method, path in (
        ("GET", "registrysize/"), ("POST", "registrysize/"), ("GET", "changelog/"), ("GET", "config"), ("POST", "shutdown"),
        ("POST", "takeownership/ada"), ("GET", "apptokens"),
    ):  # fmt: skip
        assert ada.call(method, f"/superuser/{path}").status_code == 403, path
        assert anonymous.call(method, f"/superuser/{path}").status_code == 401, path
    assert not ended


class TestWithoutSwitches:
    @pytest.fixture
    def state(self) -> dict[str, object]:
        return {}

    def test_settings_are_not_shown_and_nobody_ends_the_server_unless_the_settings_say_so(self, root: ApiClient) -> None:
        assert root.get("/superuser/config").status_code == 404
        assert root.call("POST", "/superuser/shutdown").status_code == 404


def test_settings_are_shown_with_their_secrets_masked(root: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert root.get("/superuser/config").status_code == 200
    key = base64.b64encode(bytes(32)).decode()
    monkeypatch.setenv("PIERHEAD_SECRET_KEY", key)
    monkeypatch.setenv("PIERHEAD_DATABASE_URL", "postgresql://ada:hunter2@db.example.com/pierhead")
    monkeypatch.setenv("PIERHEAD_NO_SUCH", "x")
    settings = Settings(
        secret_key=key,
        database=DatabaseSettings(url="postgresql://ada:hunter2@db.example.com/pierhead"),
        web=WebSettings(metrics_token="m" * 9),
    )

    dump: dict[str, Any] = dump_settings(settings)

    assert dump["config"]["secret_key"] == f"**** ({len(key)})"
    assert dump["config"]["database"]["url"] == "postgresql://ada:**** (7)@db.example.com/pierhead"
    assert dump["config"]["web"]["metrics_token"] == "**** (9)"
    assert dump["config"]["access"]["token_seconds"] == 3600
    assert "PIERHEAD_NO_SUCH" in dump["warning"]
    assert dump["schema"]["properties"]["public_url"]
    assert "hunter2" not in str(dump)
    assert key not in str(dump)


def test_a_user_becomes_an_organization_of_the_superuser(root: ApiClient, sign_in: SignIn) -> None:
    ada = sign_in("ada")
    assert ada.call("POST", "/repository", {"repository": "app", "visibility": "private", "description": ""}).status_code == 201

    answer = root.call("POST", "/superuser/takeownership/ada")

    assert (answer.status_code, answer.json()) == (200, {"namespace": "ada"})
    shown = root.get("/organization/ada").json()
    assert (shown["is_admin"], shown["ordered_teams"]) == (True, ["owners"])
    assert ada.get("/user/").status_code == 401
    assert root.get("/repository/ada/app").json()["is_organization"] is True
    assert "take_ownership" in {entry["kind"] for entry in root.get("/organization/ada/logs").json()["logs"]}


def test_a_superuser_joins_the_owners_of_an_organization_once(root: ApiClient, sign_in: SignIn) -> None:
    ada = sign_in("ada")
    assert ada.call("POST", "/organization/", {"name": "harbour"}).status_code == 201
    for _ in range(2):
        assert root.call("POST", "/superuser/takeownership/harbour").status_code == 200
    members = [member["name"] for member in ada.get("/organization/harbour/team/owners/members").json()["members"]]
    assert members == ["ada", "root"]
    kinds = [entry["kind"] for entry in ada.get("/organization/harbour/logs").json()["logs"]]
    assert kinds.count("take_ownership") == 1


def test_superusers_and_namespaces_that_are_not_there_are_not_taken_over(root: ApiClient) -> None:
    assert root.call("POST", "/superuser/takeownership/root").status_code == 400
    assert root.call("POST", "/superuser/takeownership/absent").status_code == 404


def test_application_tokens_of_everybody_are_listed_in_pages_without_their_codes(root: ApiClient, sign_in: SignIn) -> None:
    ada = sign_in("ada")
    for number in range(51):
        assert ada.call("POST", "/user/apptoken", {"title": f"laptop {number}"}).status_code == 200
    first = root.get("/superuser/apptokens").json()
    assert (len(first["tokens"]), first["only_expiring"]) == (50, False)
    assert {key for token in first["tokens"] for key in token} == {
        "uuid", "title", "last_accessed", "created", "expiration", "username",
    }  # fmt: skip
    second = root.get(f"/superuser/apptokens?next_page={first['next_page']}").json()
    assert [token["title"] for token in second["tokens"]] == ["laptop 50"]
    assert root.get("/superuser/apptokens?expiring=true").json()["tokens"] == []
