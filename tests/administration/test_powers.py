"""Superusers with full access and global readers pass where the contract marks a call with +S and +G, and nowhere else."""

from typing import Any

import pytest

from pierhead.access.services import AccessServices
from pierhead.accounts.users import get_namespace
from pierhead.audit import store as audit
from pierhead.platform.database import UnitOfWork
from pierhead.settings import AccessSettings
from tests.access.builders import ApiClient
from tests.administration.conftest import SignIn


@pytest.fixture
def options() -> AccessSettings:
    return AccessSettings(superusers_full_access=True, global_readers=("grace",))


@pytest.fixture
def ada(sign_in: SignIn) -> ApiClient:
    """A user with an organization, a private repository and a robot."""
    client = sign_in("ada")
    assert client.call("POST", "/organization/", {"name": "harbour"}).status_code == 201
    repository = {"repository": "app", "namespace": "harbour", "visibility": "private", "description": "boats"}
    assert client.call("POST", "/repository", repository).status_code == 201
    assert client.call("PUT", "/organization/harbour/robots/ci", {}).status_code == 201
    return client


READS = (
    "/repository/harbour/app", "/repository/harbour/app/permissions/user/", "/repository/harbour/app/permissions/team/",
    "/repository/harbour/app/permissions/user/ada/transitive", "/repository/harbour/app/logs", "/repository/harbour/app/aggregatelogs",
    "/organization/harbour/members", "/organization/harbour/members/ada", "/organization/harbour/collaborators",
    "/organization/harbour/prototypes", "/organization/harbour/robots", "/organization/harbour/team/owners/members",
    "/organization/harbour/team/owners/permissions", "/organization/harbour/logs", "/organization/harbour/aggregatelogs",
)  # fmt: skip
ADMIN_READS = (
    "/organization/harbour/robots/ci",
    "/organization/harbour/robots/ci/permissions",
    "/organization/harbour/robots/ci/federation",
)
PANEL_READS = ("/superuser/users/", "/superuser/users/ada", "/superuser/organizations/", "/superuser/logs", "/superuser/keys",
               "/superuser/registrysize/", "/superuser/changelog/", "/superuser/apptokens", "/superuser/jobs")  # fmt: skip
WRITES: tuple[tuple[str, str, Any], ...] = (
    ("PUT", "/repository/harbour/app", {"description": "ships"}),
    ("POST", "/repository/harbour/app/changevisibility", {"visibility": "public"}),
    ("PUT", "/repository/harbour/app/permissions/user/ada", {"role": "admin"}),
    ("POST", "/repository", {"repository": "new", "namespace": "harbour", "visibility": "private", "description": ""}),
    ("PUT", "/organization/harbour/team/crew", {"role": "member"}),
    ("PUT", "/organization/harbour", {"email": "new@example.com"}),
    ("PUT", "/organization/harbour/robots/deploy", {}),
    ("DELETE", "/repository/harbour/app", None),
)


def test_superusers_with_full_access_read_and_change_everything_and_the_log_tells(
    root: ApiClient, ada: ApiClient, services: AccessServices
) -> None:
    for path in (*READS, *ADMIN_READS, *PANEL_READS):
        assert root.get(path).status_code == 200, path
    assert root.get("/repository/harbour/app").json()["can_admin"] is True
    assert root.get("/organization/harbour").json()["is_admin"] is True
    assert root.get("/organization/harbour/robots").json()["robots"][0]["token"]
    for method, path, body in WRITES:
        assert root.call(method, path, body).status_code in (200, 201, 204), path

    def read(work: UnitOfWork) -> list[tuple[str | None, object]]:
        entries = audit.list_entries_of_namespace(work.connection, get_namespace(work, "harbour").id, 100)
        return [(entry.performer_name, entry.metadata.get("superuser_access")) for entry in entries]

    assert set(services.database.read_now(read)) == {("root", True), ("ada", None)}
    assert ada.get("/repository/harbour/app").status_code == 404


def test_global_readers_read_what_is_marked_and_change_nothing(ada: ApiClient, sign_in: SignIn) -> None:
    grace = sign_in("grace")
    for path in (*READS, *PANEL_READS):
        assert grace.get(path).status_code == 200, path
    for path in ADMIN_READS:
        assert grace.get(path).status_code == 403, path
    for method, path, body in (*WRITES, ("POST", "/superuser/users/", {"username": "eve"}), ("DELETE", "/superuser/users/ada", None)):
        assert grace.call(method, path, body).status_code == 403, path
    assert grace.call("POST", "/organization/harbour/exportlogs", {"callback_url": "https://hooks.example.com/"}).status_code == 403
    assert "token" not in grace.get("/organization/harbour/robots").json()["robots"][0]
    shown = grace.get("/repository/harbour/app").json()
    assert (shown["can_write"], shown["can_admin"]) == (False, False)
    assert grace.get("/user/").json()["global_readonly_super_user"] is True
    assert ada.get("/repository/harbour/app").json()["description"] == "boats"


def test_both_see_every_repository_in_lists(root: ApiClient, ada: ApiClient, sign_in: SignIn) -> None:
    grace, bob = sign_in("grace"), sign_in("bob")
    for client, seen in ((root, ["app"]), (grace, ["app"]), (ada, ["app"]), (bob, [])):
        assert [each["name"] for each in client.get("/repository?namespace=harbour").json()["repositories"]] == seen


def test_a_superuser_may_not_export_the_log_of_an_organization(root: ApiClient, ada: ApiClient) -> None:
    assert ada.get("/organization/harbour").status_code == 200
    body = {"callback_url": "https://hooks.example.com/"}
    assert root.call("POST", "/organization/harbour/exportlogs", body).status_code == 403
    assert root.call("POST", "/repository/harbour/app/exportlogs", body).status_code == 200


class TestPlainSuperuser:
    @pytest.fixture
    def options(self) -> AccessSettings:
        return AccessSettings()

    def test_without_full_access_superusers_have_their_panel_only(self, root: ApiClient, ada: ApiClient) -> None:
        assert ada.get("/repository/harbour/app").status_code == 200
        for path in (*READS, *ADMIN_READS, "/superuser/apptokens"):
            assert root.get(path).status_code == 403, path
        for method, path, body in WRITES:
            assert root.call(method, path, body).status_code == 403, path
        assert root.get("/superuser/users/").status_code == 200
        assert root.get("/repository?namespace=harbour").json()["repositories"] == []


class TestRestrictedUsers:
    @pytest.fixture
    def options(self) -> AccessSettings:
        return AccessSettings(restricted_users=True, unrestricted_users=("bob",), organizations_by_superusers_only=True)

    def test_restricted_users_create_nothing_in_their_own_namespace(self, root: ApiClient, sign_in: SignIn) -> None:
        cleo, bob = sign_in("cleo"), sign_in("bob")
        body = {"repository": "app", "visibility": "private", "description": ""}
        assert cleo.call("POST", "/repository", body).status_code == 403
        assert cleo.get("/user/").json()["can_create_repo"] is False
        assert bob.call("POST", "/repository", body).status_code == 201
        assert root.call("POST", "/repository", body).status_code == 201

    def test_only_superusers_create_organizations_where_the_settings_say_so(self, root: ApiClient, sign_in: SignIn) -> None:
        bob = sign_in("bob")
        assert bob.call("POST", "/organization/", {"name": "harbour"}).status_code == 403
        assert root.call("POST", "/organization/", {"name": "harbour"}).status_code == 201
