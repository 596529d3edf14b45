"""Organizations and robots in the REST API (api-v1/accounts, sections 4 and 5)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pierhead.access.services import AccessServices
from pierhead.accounts.organizations import add_team_member, create_team, get_organization
from pierhead.audit.model import SYSTEM
from tests.access.builders import ApiClient, add_user, log_in
from tests.access.conftest import MakeClient


@pytest.fixture
def ada(services: AccessServices, client: ApiClient) -> ApiClient:
    """Ada's client, signed in; she owns the organization `harbour`."""
    add_user(services, "ada")
    client.sign_in("ada")
    assert client.call("POST", "/organization/", {"name": "harbour", "email": "harbour@example.com"}).json() == "Created"
    return client


def join(services: AccessServices, new_client: MakeClient, name: str, role: str) -> ApiClient:
    """The client of a new user in a new team of `harbour`."""
    user = add_user(services, name)
    organization = services.database.read_now(get_organization, "harbour")
    services.database.write_now(create_team, SYSTEM, organization, f"{role}s", role)
    services.database.write_now(add_team_member, SYSTEM, organization, f"{role}s", user)
    client = new_client()
    client.sign_in(name)
    return client


def test_the_creator_is_in_the_team_owners(ada: ApiClient) -> None:
    view = ada.get("/organization/harbour").json()

    assert (view["is_admin"], view["is_member"], view["email"]) == (True, True, "harbour@example.com")
    assert (view["teams"]["owners"]["role"], view["teams"]["owners"]["member_count"]) == ("admin", 1)
    assert view["ordered_teams"] == ["owners"]


def test_strangers_see_that_the_organization_exists_and_no_more(ada: ApiClient, new_client: MakeClient) -> None:
    view = new_client().get("/organization/harbour").json()

    assert set(view) == {"name", "email", "avatar", "is_admin", "is_member"}
    assert (view["email"], view["is_admin"], view["is_member"]) == ("", False, False)


@pytest.mark.parametrize("name", ["ada", "nothing", "NO", "x" * 300])
def test_what_is_no_organization_is_not_found(ada: ApiClient, name: str) -> None:
    assert ada.get(f"/organization/{name}").status_code == 404


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": "harbour"}, "A user or organization with this name already exists"),
        ({"name": "ada"}, "A user or organization with this name already exists"),
        ({"name": "quay", "email": "nothing"}, "Invalid email address"),
        ({"name": "quay", "email": "ada@example.com"}, "Email has already been used: ada@example.com"),
        ({"name": "v2"}, "The name 'v2' is reserved. Please choose another one."),
        ({}, "name: Field required"),
        ({"name": 7}, "name: Input should be a valid string"),
    ],
)
def test_an_organization_that_breaks_a_rule_is_refused(ada: ApiClient, body: dict[str, object], message: str) -> None:
    response = ada.call("POST", "/organization/", body)

    assert (response.status_code, response.json()["message"]) == (400, message)


def test_creating_an_organization_needs_a_user(client: ApiClient) -> None:
    client.fetch_csrf_token()

    assert client.call("POST", "/organization/", {"name": "harbour"}).status_code == 401


@pytest.mark.parametrize(("prefix", "namespace"), [("/user", "ada"), ("/organization/ada", "ada"), ("/organization/harbour", "harbour")])
def test_a_robot_is_made_shown_given_a_new_token_and_deleted(services: AccessServices, ada: ApiClient, prefix: str, namespace: str) -> None:
    created = ada.call("PUT", f"{prefix}/robots/ci", {"description": "builds"})
    robot = created.json()
    assert created.status_code == 201
    assert (robot["name"], robot["description"], robot["last_accessed"]) == (f"{namespace}+ci", "builds", None)
    assert len(robot["token"]) == 64
    assert log_in(services, robot["name"], robot["token"]).name == robot["name"]

    again = ada.call("PUT", f"{prefix}/robots/ci")
    assert (again.status_code, again.json()["message"]) == (400, f"Existing robot with name: {namespace}+ci")
    shown = ada.get(f"{prefix}/robots/ci").json()
    assert shown["token"] == robot["token"]
    assert shown["last_accessed"].endswith(" -0000")
    renewed = ada.call("POST", f"{prefix}/robots/ci/regenerate").json()
    assert renewed["token"] != robot["token"]
    assert "unstructured_metadata" not in renewed
    listed = ada.get(f"{prefix}/robots").json()["robots"]
    assert [(entry["name"], entry["token"]) for entry in listed] == [(f"{namespace}+ci", renewed["token"])]
    assert "token" not in ada.get(f"{prefix}/robots/", params={"token": "false"}).json()["robots"][0]
    assert ada.call("DELETE", f"{prefix}/robots/ci").status_code == 204
    assert ada.get(f"{prefix}/robots").json() == {"robots": []}


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_a_missing_robot_is_400(ada: ApiClient, method: str) -> None:
    path = "/organization/harbour/robots/nothing" + ("/regenerate" if method == "POST" else "")
    response = ada.call(method, path)

    assert (response.status_code, response.json()["message"]) == (400, "Could not find robot with specified username")


def test_members_see_robots_without_tokens_and_change_nothing(services: AccessServices, ada: ApiClient, new_client: MakeClient) -> None:
    ada.call("PUT", "/organization/harbour/robots/ci")
    for role in ("member", "creator"):
        member = join(services, new_client, role, role)
        assert "token" not in member.get("/organization/harbour/robots").json()["robots"][0]
        assert member.get("/organization/harbour/robots/ci").status_code == 403
        assert member.call("PUT", "/organization/harbour/robots/other").status_code == 403
        assert member.call("DELETE", "/organization/harbour/robots/ci").status_code == 403


def test_admins_of_the_organization_manage_its_robots(services: AccessServices, ada: ApiClient, new_client: MakeClient) -> None:
    admin = join(services, new_client, "grace", "admin")

    assert admin.call("PUT", "/organization/harbour/robots/ci").status_code == 201


def test_strangers_and_superusers_see_no_robots_and_cannot_tell_absent_namespaces(
    services: AccessServices, ada: ApiClient, new_client: MakeClient
) -> None:
    add_user(services, "root", is_superuser=True)
    root, nobody = new_client(), new_client()
    root.sign_in("root")
    for namespace in ("harbour", "ada", "nothing"):
        assert root.get(f"/organization/{namespace}/robots").status_code == 403
        assert nobody.get(f"/organization/{namespace}/robots").status_code == 401


@given(short=st.text(min_size=1, max_size=20))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_as_a_robots_name_is_answered_in_order(ada: ApiClient, short: str) -> None:
    path = "/api/v1/user/robots/" + "".join(f"%{byte:02x}" for byte in short.encode())

    assert ada.http.put(path, headers={"X-CSRF-Token": ada.csrf_token or ""}).status_code in (201, 400, 404, 405)
    assert ada.http.get(path).status_code in (200, 400, 404)
