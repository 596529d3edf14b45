"""Users and organizations under `/superuser` (api-v1/admin, section 1)."""

import pytest

from pierhead.access.model.errors import AccountDisabled, InvalidCredentials
from pierhead.access.services import AccessServices
from pierhead.accounts.model.accounts import AccountKind
from pierhead.accounts.users import add_account
from pierhead.platform.clock import ManualClock
from tests.access.builders import PASSWORD, ApiClient, add_user, log_in
from tests.administration.conftest import MakeClient, SignIn

CALLS = [
    ("GET", "/superuser/users/", None),
    ("POST", "/superuser/users/", {"username": "grace"}),
    ("GET", "/superuser/users/ada", None),
    ("PUT", "/superuser/users/ada", {"email": "other@example.com"}),
    ("DELETE", "/superuser/users/ada", None),
    ("GET", "/superuser/organizations/", None),
    ("DELETE", "/superuser/organizations/harbour", None),
    ("GET", "/superuser/jobs", None),
    ("POST", "/superuser/jobs/some:key/run", None),
    ("DELETE", "/superuser/jobs/some:key", None),
    ("GET", "/superuser/schedules", None),
    ("PUT", "/superuser/schedules/remove_dead_jobs", {"paused": True}),
    ("POST", "/superuser/schedules/remove_dead_jobs/run", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_only_superusers_who_gave_their_password_a_moment_ago_administer(
    root: ApiClient, sign_in: SignIn, anonymous: ApiClient, clock: ManualClock, method: str, path: str, body: object
) -> None:
    ada = sign_in("ada")
    assert anonymous.call(method, path, body).status_code == 401
    assert ada.call(method, path, body).status_code == 403
    clock.advance(minutes=11)

    late = root.call(method, path, body)
    assert (late.status_code, late.json()["error_type"]) == (401, "fresh_login_required")


@pytest.mark.parametrize(("method", "path", "body"), [call for call in CALLS if call[0] != "GET"])
def test_changes_need_the_csrf_token(root: ApiClient, method: str, path: str, body: object) -> None:
    root.csrf_token = "other"

    assert root.call(method, path, body).status_code == 403


def test_a_user_is_created_with_a_password_that_works_in_both_forms(services: AccessServices, root: ApiClient) -> None:
    answer = root.call("POST", "/superuser/users/", {"username": "grace", "email": "Grace@example.com"})

    created = answer.json()
    assert answer.status_code == 200
    assert set(created) == {"username", "email", "password", "encrypted_password"}
    assert (created["username"], created["email"], len(created["password"])) == ("grace", "grace@example.com", 32)
    assert log_in(services, "grace", created["password"]).name == "grace"
    assert log_in(services, "grace", created["encrypted_password"]).name == "grace"
    shown = root.get("/superuser/users/grace").json()
    assert {name: value for name, value in shown.items() if name != "avatar"} == {
        "kind": "user",
        "name": "grace",
        "username": "grace",
        "email": "grace@example.com",
        "verified": True,
        "super_user": False,
        "global_readonly_super_user": False,
        "enabled": True,
    }


def test_a_user_needs_no_email_address(root: ApiClient) -> None:
    assert root.call("POST", "/superuser/users/", {"username": "grace"}).json()["email"] is None


@pytest.mark.parametrize("body", [{}, {"username": "NO"}, {"username": "root"}, {"username": "grace", "email": "nothing"}, {"username": 7}])
def test_a_user_that_breaks_a_rule_is_refused(root: ApiClient, body: dict[str, object]) -> None:
    assert root.call("POST", "/superuser/users/", body).status_code == 400


def test_a_disabled_user_is_out_at_once_and_may_come_back(services: AccessServices, root: ApiClient, sign_in: SignIn) -> None:
    ada = sign_in("ada")
    assert root.call("PUT", "/superuser/users/ada", {"enabled": False}).json()["enabled"] is False
    assert ada.get("/user/").status_code == 401
    with pytest.raises(AccountDisabled):
        log_in(services, "ada", PASSWORD)
    assert [user["name"] for user in root.get("/superuser/users/", params={"disabled": "false"}).json()["users"]] == ["root"]

    assert root.call("PUT", "/superuser/users/ada", {"enabled": True}).json()["enabled"] is True

    assert log_in(services, "ada", PASSWORD).name == "ada"
    kinds = [entry["kind"] for entry in root.get("/superuser/logs", params={"namespace": "ada"}).json()["logs"]]
    assert [kind for kind in kinds if not kind.startswith("login_")][:2] == ["user_enable", "user_disable"]


def test_password_and_email_address_are_set(services: AccessServices, root: ApiClient) -> None:
    add_user(services, "ada")
    answer = root.call("PUT", "/superuser/users/ada", {"password": "another-horse", "email": "ada@example.org", "extra": 1})

    assert answer.status_code == 200
    assert (answer.json()["email"], answer.json()["name"]) == ("ada@example.org", "ada")
    assert log_in(services, "ada", "another-horse").name == "ada"
    assert log_in(services, "ada", answer.json()["encrypted_password"]).name == "ada"
    with pytest.raises(InvalidCredentials):
        log_in(services, "ada", PASSWORD)
    assert "encrypted_password" not in root.call("PUT", "/superuser/users/ada", {"email": "ada@example.org"}).json()


@pytest.mark.parametrize("body", [{"password": "short"}, {"email": "nothing"}, {"email": "root@example.com"}, {"enabled": "perhaps"}])
def test_a_change_that_breaks_a_rule_changes_nothing(services: AccessServices, root: ApiClient, body: dict[str, object]) -> None:
    add_user(services, "ada")

    assert root.call("PUT", "/superuser/users/ada", {"enabled": False, **body}).status_code == 400
    assert root.get("/superuser/users/ada").json()["enabled"] is True


def test_superusers_are_not_changed_here(root: ApiClient) -> None:
    answer = root.call("PUT", "/superuser/users/root", {"enabled": False})

    assert (answer.status_code, answer.json()["message"]) == (400, "Cannot update a superuser")


@pytest.mark.parametrize("name", ["nobody", "harbour", "a%00b", "x" * 300])
def test_who_is_no_user_is_not_found(root: ApiClient, name: str) -> None:
    assert root.call("POST", "/organization/", {"name": "harbour"}).status_code == 201

    assert root.get(f"/superuser/users/{name}").status_code == 404
    assert root.call("PUT", f"/superuser/users/{name}", {"enabled": True}).status_code == 404
    assert root.call("DELETE", f"/superuser/users/{name}").status_code == 404


def test_lists_come_whole_or_in_pages_when_a_limit_is_given(services: AccessServices, root: ApiClient) -> None:
    for number in range(4):
        services.database.write_now(add_account, AccountKind.USER, f"user{number}", None)
        services.database.write_now(add_account, AccountKind.ORGANIZATION, f"org{number}", None)

    assert "next_page" not in root.get("/superuser/users/").json()
    for path, key, names in (
        ("/superuser/users/", "users", ["root", "user0", "user1", "user2", "user3"]),
        ("/superuser/organizations", "organizations", ["org0", "org1", "org2", "org3"]),
    ):
        assert [each["name"] for each in root.get(path).json()[key]] == names
        first = root.get(path, params={"limit": 2}).json()
        second = root.get(path, params={"limit": 50, "next_page": first["next_page"]}).json()
        assert [each["name"] for each in (*first[key], *second[key])] == names
        assert "next_page" not in second
        assert root.get(path, params={"limit": 101}).status_code == 400


def test_an_organization_in_the_list_shows_name_email_address_avatar_and_quota(root: ApiClient) -> None:
    root.call("POST", "/organization/", {"name": "harbour", "email": "harbour@example.com"})

    (organization,) = root.get("/superuser/organizations/").json()["organizations"]
    assert set(organization) == {"name", "email", "avatar", "quotas", "quota_report"}
    assert (organization["name"], organization["email"]) == ("harbour", "harbour@example.com")


def test_a_server_without_any_account_says_that_it_waits_for_its_first_user(new_client: MakeClient) -> None:
    assert new_client().get("/superuser/registrystatus").json() == {"status": "setup-incomplete"}


def test_a_deleted_user_is_gone_at_once(services: AccessServices, root: ApiClient, sign_in: SignIn) -> None:
    ada = sign_in("ada")

    assert root.call("DELETE", "/superuser/users/ada").status_code == 204

    assert ada.get("/user/").status_code == 401
    assert root.get("/superuser/users/ada").status_code == 404
    with pytest.raises(InvalidCredentials):
        log_in(services, "ada", PASSWORD)
    assert "user_delete" in {entry["kind"] for entry in root.get("/superuser/logs").json()["logs"]}


def test_a_superuser_is_not_deleted_here(root: ApiClient) -> None:
    answer = root.call("DELETE", "/superuser/users/root")

    assert (answer.status_code, answer.json()["message"]) == (400, "Cannot delete a superuser")


def test_a_deleted_organization_is_gone_at_once(root: ApiClient) -> None:
    assert root.call("POST", "/organization/", {"name": "harbour"}).status_code == 201

    assert root.call("DELETE", "/superuser/organizations/harbour").status_code == 204

    assert root.get("/organization/harbour").status_code == 404
    assert root.get("/superuser/organizations/").json() == {"organizations": []}
    for name in ("harbour", "root", "a%00b"):
        assert root.call("DELETE", f"/superuser/organizations/{name}").status_code == 404
