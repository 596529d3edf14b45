"""Organizations and robots in the REST API (api-v1/accounts, sections 4 and 5)."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pierhead.access.model.errors import InvalidCredentials
from pierhead.access.repository_grants import NoRepositoryGrants
from pierhead.access.services import AccessServices
from pierhead.accounts.users import get_account
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import UnitOfWork
from tests.access.builders import ApiClient, add_user, log_in
from tests.access.conftest import Join, MakeClient, log_kinds


@pytest.fixture
def ada(owner: ApiClient) -> ApiClient:
    """Ada's client, signed in; she owns the organization `harbour`."""
    return owner


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


def test_an_admin_changes_what_is_told_about_the_organization(services: AccessServices, ada: ApiClient) -> None:
    changes = {
        "email": "", "contact_email": "people@example.com", "invoice_email": True, "invoice_email_address": "bills@example.com",
        "tag_expiration_s": 86400, "name": "ignored",
    }  # fmt: skip
    response = ada.call("PUT", "/organization/harbour", changes)

    view = response.json()
    assert response.status_code == 200
    assert (view["email"], view["contact_email"], view["tag_expiration_s"]) == ("", "people@example.com", 86400)
    assert (view["invoice_email"], view["invoice_email_address"]) == (True, "bills@example.com")
    cleared = ada.call("PUT", "/organization/harbour", {"contact_email": None, "invoice_email_address": None}).json()
    assert (cleared["contact_email"], cleared["invoice_email"], cleared["invoice_email_address"]) == (None, True, None)
    assert log_kinds(services, "harbour")[1:] == [
        "org_change_email", "org_change_tag_expiration", "org_change_invoicing", "org_change_email",
        "org_change_invoicing", "org_change_email",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"email": "nothing"}, {"email": "ada@example.com"}, {"tag_expiration_s": -1}, {"tag_expiration_s": "1"}, {"contact_email": "x"}],
)
def test_a_change_that_breaks_a_rule_changes_nothing(ada: ApiClient, changes: dict[str, object]) -> None:
    before = ada.get("/organization/harbour").json()

    assert ada.call("PUT", "/organization/harbour", {"invoice_email": True, **changes}).status_code == 400
    assert ada.get("/organization/harbour").json() == before


def test_a_deleted_organization_is_gone_with_all_that_was_in_it(services: AccessServices, ada: ApiClient, join: Join) -> None:
    join("bob", "member")
    robot = ada.call("PUT", "/organization/harbour/robots/ci").json()

    assert ada.call("DELETE", "/organization/harbour").status_code == 204
    assert ada.get("/organization/harbour").status_code == 404
    assert ada.get("/user/").json()["organizations"] == []
    with pytest.raises(InvalidCredentials):
        log_in(services, robot["name"], robot["token"])
    assert ada.call("POST", "/organization/", {"name": "harbour", "email": "harbour@example.com"}).status_code == 201
    assert ada.get("/organization/harbour").json()["ordered_teams"] == ["owners"]


def test_a_new_namespace_never_inherits_the_log_of_a_deleted_one(services: AccessServices, ada: ApiClient) -> None:
    ada.call("DELETE", "/organization/harbour")
    ada.call("POST", "/organization/", {"name": "quay"})

    assert log_kinds(services, "quay") == ["org_create"]


def test_deleting_an_organization_asks_for_a_fresh_sign_in(ada: ApiClient, clock: ManualClock) -> None:
    clock.advance(seconds=601)
    response = ada.call("DELETE", "/organization/harbour")

    assert (response.status_code, response.json()["error_type"]) == (401, "fresh_login_required")


@pytest.mark.parametrize("role", ["member", "creator"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", ""), ("DELETE", ""), ("GET", "/members"), ("GET", "/members/ada"), ("DELETE", "/members/ada"), ("GET", "/collaborators"),
        ("PUT", "/team/crew"), ("DELETE", "/team/owners"), ("GET", "/team/owners/members"), ("PUT", "/team/owners/members/bob"),
        ("DELETE", "/team/owners/members/ada"),
    ],
)  # fmt: skip
def test_only_admins_manage_the_organization(join: Join, new_client: MakeClient, role: str, method: str, path: str) -> None:
    body = {"role": "admin"}
    bob, nobody = join("bob", role), new_client()
    nobody.fetch_csrf_token()

    for name in ("harbour", "nothing"):
        assert bob.call(method, f"/organization/{name}{path}", body).status_code == 403
        assert nobody.call(method, f"/organization/{name}{path}", body).status_code == 401


class FakeGrants(NoRepositoryGrants):
    """Bob was given the repository `app`, directly."""

    given: ClassVar[dict[str, list[str]]] = {"bob": ["app"]}

    def list_of_users(self, work: UnitOfWork, namespace_id: int) -> Mapping[str, Sequence[str]]:
        return self.given

    def count_by_team(self, work: UnitOfWork, namespace_id: int) -> Mapping[str, int]:
        return {"owners": 3}

    def drop_of_user(self, work: UnitOfWork, namespace_id: int, user_id: int) -> int:
        return 1 if get_account(work, user_id).name in self.given else 0


class TestWithRepositories:
    @pytest.fixture
    def grants(self) -> NoRepositoryGrants:
        return FakeGrants()

    def test_members_and_collaborators_are_shown_with_their_repositories(
        self, ada: ApiClient, join: Join, services: AccessServices
    ) -> None:
        add_user(services, "bob")
        join("eve", "member")

        outsiders = ada.get("/organization/harbour/collaborators").json()["collaborators"]
        assert [(entry["name"], entry["kind"], entry["repositories"]) for entry in outsiders] == [("bob", "user", ["app"])]
        ada.call("PUT", "/organization/harbour/team/members/members/bob")
        members = ada.get("/organization/harbour/members").json()["members"]
        assert [(entry["name"], [team["name"] for team in entry["teams"]], entry["repositories"]) for entry in members] == [
            ("ada", ["owners"], []), ("bob", ["members"], ["app"]), ("eve", ["members"], []),
        ]  # fmt: skip
        assert ada.get("/organization/harbour/collaborators").json() == {"collaborators": []}
        assert ada.get("/organization/harbour").json()["teams"]["owners"]["repo_count"] == 3

    def test_a_collaborator_can_be_removed(self, ada: ApiClient, services: AccessServices) -> None:
        add_user(services, "bob")

        assert ada.call("DELETE", "/organization/harbour/members/bob").status_code == 204


def test_a_member_is_shown_and_removed_from_every_team(services: AccessServices, ada: ApiClient, join: Join) -> None:
    bob = join("bob", "member")
    ada.call("PUT", "/organization/harbour/team/owners/members/bob")

    shown = ada.get("/organization/harbour/members/bob").json()
    assert (shown["name"], shown["kind"], [team["name"] for team in shown["teams"]]) == ("bob", "user", ["members", "owners"])
    assert ada.call("DELETE", "/organization/harbour/members/bob").status_code == 204
    assert bob.get("/organization/harbour").json()["is_member"] is False
    assert ada.call("DELETE", "/organization/harbour/members/bob").status_code == 404
    assert ada.get("/organization/harbour/members/bob").status_code == 404
    assert log_kinds(services, "harbour")[-2:] == ["org_remove_team_member"] * 2


def test_a_robot_is_a_member_too_but_not_of_the_list(ada: ApiClient) -> None:
    ada.call("PUT", "/organization/harbour/robots/ci")
    ada.call("PUT", "/organization/harbour/team/owners/members/harbour+ci")

    assert ada.get("/organization/harbour/members/harbour+ci").json()["kind"] == "robot"
    assert [entry["name"] for entry in ada.get("/organization/harbour/members").json()["members"]] == ["ada"]
    assert ada.call("DELETE", "/organization/harbour/members/harbour%2Bci").status_code == 204


def test_the_last_admin_stays(ada: ApiClient) -> None:
    response = ada.call("DELETE", "/organization/harbour/members/ada")

    assert response.status_code == 400
    assert response.json()["message"].startswith("The organization 'harbour' would have no admin any more.")
    assert ada.get("/organization/harbour").json()["is_admin"] is True


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


def test_members_see_robots_without_tokens_and_change_nothing(ada: ApiClient, join: Join) -> None:
    ada.call("PUT", "/organization/harbour/robots/ci")
    for role in ("member", "creator"):
        member = join(role, role)
        assert "token" not in member.get("/organization/harbour/robots").json()["robots"][0]
        assert member.get("/organization/harbour/robots/ci").status_code == 403
        assert member.call("PUT", "/organization/harbour/robots/other").status_code == 403
        assert member.call("DELETE", "/organization/harbour/robots/ci").status_code == 403


def test_admins_of_the_organization_manage_its_robots(join: Join) -> None:
    admin = join("grace", "admin")

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
