"""Users and organizations get other names, and users become organizations: what refers to them goes along, what bears the old name dies."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pierhead.access.delete_account import delete_account
from pierhead.access.rename_account import rename_account
from pierhead.accounts.users import get_namespace, set_enabled
from pierhead.audit.model import SYSTEM
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.create_repository import create_repository
from pierhead.repositories.model import CreationDenied
from pierhead.repositories.namespace_grants import StoredRepositoryGrants
from pierhead.settings import AccessSettings
from tests.registry.client import Client, basic
from tests.registry.people import People
from tests.repositories.api import call, create, get, read_log
from tests.repositories.browser import PASSWORD, Browser, hash_password


@pytest.fixture(scope="module")
def password_hash() -> str:
    return hash_password()


@pytest.fixture
def ada(people: People, password_hash: str) -> Client:
    return people.user("ada", password_hash=password_hash)


@pytest.fixture
def root(people: People, password_hash: str) -> Browser:
    return Browser(people, people.user("root", password_hash=password_hash, is_superuser=True).name)


def token_of(robot: Client) -> str:
    """The robot's password, from its authorization."""
    return base64.b64decode((robot.authorization or "").partition(" ")[2]).decode().partition(":")[2]


class TestOrganizations:
    def test_repositories_robots_teams_and_permissions_bear_the_new_name(
        self, people: People, ada: Client, stranger: Client, root: Browser
    ) -> None:
        old = people.organization(ada, crew="member")
        new = f"{old}.renamed"
        create(ada, "app", namespace=old)
        image = ada.push_image(f"{old}/app", "v1")
        machine = people.robot(old)
        people.grant(f"{old}/app", machine, "write")
        people.grant(f"{old}/app", stranger, "read")
        people.join(old, "crew", stranger)
        bearer = machine.bearing(f"repository:{old}/app:pull")
        before = people.account(old)

        answer = root.call("PUT", f"/superuser/organizations/{old}", {"name": new})
        assert (answer.status, answer.json["name"]) == (200, new)

        assert people.account(new).id == before.id
        assert call(ada, "GET", f"/organization/{old}").status == 404
        assert get(stranger, f"/repository/{new}/app")["namespace"] == new
        assert stranger.call("GET", f"/v2/{new}/app/manifests/v1").status == 200
        assert stranger.call("GET", f"/v2/{old}/app/manifests/v1").status == 403
        assert image.digest in get(ada, f"/repository/{new}/app")["tags"]["v1"]["manifest_digest"]
        renamed = Client(people.server, f"{new}+ci", basic(f"{new}+ci", token_of(machine)))
        assert machine.ask_token().status == 401
        assert renamed.call("GET", f"/v2/{new}/app/manifests/v1").status == 200
        assert [bearer.call("GET", f"/v2/{name}/app/manifests/v1").status for name in (old, new)] == [404, 401]
        assert [robot["name"] for robot in get(ada, f"/organization/{new}/robots")["robots"]] == [f"{new}+ci"]
        (entry,) = read_log(people, new, "org_change_name")
        assert entry.metadata == {"old_name": old, "new_name": new}

    def test_the_same_name_changes_nothing(self, people: People, ada: Client, root: Browser) -> None:
        name = people.organization(ada)
        for body in ({"name": name}, {}):
            assert root.call("PUT", f"/superuser/organizations/{name}", body).status == 200
        assert read_log(people, name, "org_change_name") == []

    @pytest.mark.parametrize("name", ["A", "a", "api", "x" * 300, "a\x00b"])
    def test_a_name_that_breaks_a_rule_is_refused(self, people: People, ada: Client, root: Browser, name: str) -> None:
        organization = people.organization(ada)
        assert root.call("PUT", f"/superuser/organizations/{organization}", {"name": name}).status == 400
        assert people.account(organization).name == organization

    def test_a_name_that_is_taken_is_refused(self, people: People, ada: Client, root: Browser) -> None:
        first, second = people.organization(ada), people.organization(ada)
        for taken in (first, ada.name):
            assert root.call("PUT", f"/superuser/organizations/{second}", {"name": taken}).status == 400

    def test_a_name_that_is_too_long_for_its_robots_is_refused(self, people: People, ada: Client, root: Browser) -> None:
        organization = people.organization(ada)
        people.robot(organization, "r" * 100)
        assert root.call("PUT", f"/superuser/organizations/{organization}", {"name": "x" * 200}).status == 400

    def test_only_superusers_rename_organizations(self, people: People, ada: Client) -> None:
        organization = people.organization(ada)
        assert Browser(people, ada.name).call("PUT", f"/superuser/organizations/{organization}", {"name": "other-name"}).status == 403

    def test_the_old_name_is_nobody_elses_for_a_while(
        self, people: People, ada: Client, stranger: Client, root: Browser, server_clock: ManualClock
    ) -> None:
        old = people.organization(ada)
        root.call("PUT", f"/superuser/organizations/{old}", {"name": f"{old}-new"})

        assert call(stranger, "POST", "/organization/", {"name": old}).status == 400
        assert root.call("PUT", f"/superuser/organizations/{old}-new", {"name": old}).status == 200
        assert people.account(old).name == old

    def test_search_finds_the_repositories_under_the_new_name_only(self, people: People, ada: Client, root: Browser) -> None:
        old = people.organization(ada, "searched")
        create(ada, "app", namespace=old)
        root.call("PUT", f"/superuser/organizations/{old}", {"name": f"{old}-elsewhere"})

        found = [each["namespace"]["name"] for each in get(ada, "/find/repositories?query=elsewhere")["results"]]
        assert f"{old}-elsewhere" in found
        assert [each["namespace"]["name"] for each in get(ada, f"/find/repositories?query={old}/app")["results"]] == []

    @pytest.mark.parametrize("ends", [False, True])
    def test_what_is_created_at_the_moment_of_a_renaming_or_deletion_never_bears_the_old_name(
        self, people: People, ada: Client, ends: bool
    ) -> None:
        old = people.organization(ada)
        begun, may_end = threading.Event(), threading.Event()

        def change(work: UnitOfWork) -> None:
            organization, grants = get_namespace(work, old), StoredRepositoryGrants()
            if ends:
                delete_account(work, people.identity(ada), organization, grants=grants)
            else:
                rename_account(work, people.identity(ada), organization, f"{old}-new", grants=grants, address=None)
            begun.set()
            assert may_end.wait(60)

        write = people.server.core.database.write_now
        with ThreadPoolExecutor(3) as threads:
            changing = threads.submit(write, change)
            assert begun.wait(60)
            creating = threads.submit(write, create_repository, people.identity(ada), f"{old}/app", is_public=False)
            may_end.set()
            changing.result()
            with pytest.raises(CreationDenied):
                creating.result()
        assert call(ada, "GET", f"/repository/{old}/app").status == 403


class TestUsers:
    def test_users_do_not_rename_themselves_unless_the_settings_let_them(self, people: People, ada: Client) -> None:
        browser = Browser(people, ada.name)
        assert browser.call("GET", "/user/").json["prompts"] == []
        for name in (f"{ada.name}-new", ada.name):
            assert browser.call("PUT", "/user/", {"username": name}).json["username"] == ada.name

    def test_a_superuser_renames_a_user_who_stays_signed_in(self, people: People, ada: Client, root: Browser) -> None:
        create(ada, "app")
        ada.push_image(f"{ada.name}/app", "v1")
        machine = people.robot(ada.name)
        browser = Browser(people, ada.name)
        bearer = ada.bearing(f"repository:{ada.name}/app:pull,push")
        new = f"{ada.name}-new"

        answer = root.call("PUT", f"/superuser/users/{ada.name}", {"username": new})
        assert (answer.status, answer.json["username"]) == (200, new)

        assert browser.call("GET", "/user/").json["username"] == new
        assert get(ada, f"/repository/{new}/app")["can_admin"] is True, "application tokens are the user's, whatever its name"
        assert ada.call("GET", f"/v2/{new}/app/manifests/v1").status == 200
        assert bearer.call("GET", f"/v2/{new}/app/manifests/v1").status == 401
        assert bearer.call("GET", f"/v2/{ada.name}/app/manifests/v1").status == 404
        assert machine.ask_token().status == 401
        assert call(ada, "GET", f"/users/{ada.name}").status == 404
        (entry,) = read_log(people, new, "user_change_name")
        assert entry.metadata["old_username"] == ada.name


class TestConversions:
    def test_a_user_becomes_an_organization_that_the_admin_owns(
        self, people: People, ada: Client, stranger: Client, password_hash: str
    ) -> None:
        bob = people.user("bob", password_hash=password_hash)
        create(ada, "app")
        ada.push_image(f"{ada.name}/app", "v1")
        machine = people.robot(ada.name)
        elsewhere = people.repository(stranger)
        people.grant(elsewhere, ada, "write")
        browser = Browser(people, ada.name)

        answer = browser.call("POST", "/user/convert", {"adminUser": bob.name, "adminPassword": PASSWORD, "plan": "free"})

        assert (answer.status, answer.json) == (200, {"success": True})
        assert browser.call("GET", "/user/").json["username"] == bob.name
        shown = get(bob, f"/organization/{ada.name}")
        assert (shown["is_admin"], list(shown["teams"])) == (True, ["owners"])
        assert bob.call("GET", f"/v2/{ada.name}/app/manifests/v1").status == 200
        assert get(bob, f"/repository/{ada.name}/app")["is_organization"] is True
        assert machine.ask_token().status == 200
        assert (ada.ask_token().status, call(ada, "GET", "/user/").status) == (401, 401)
        assert get(stranger, f"/repository/{elsewhere}/permissions/user/")["permissions"].keys() == {stranger.name}
        assert call(bob, "GET", f"/users/{ada.name}").status == 404
        assert read_log(people, ada.name, "account_convert") != []

    @pytest.mark.parametrize("password", ["wrong-password", ""])
    def test_wrong_credentials_of_the_admin_change_nothing(self, people: People, ada: Client, password_hash: str, password: str) -> None:
        bob = people.user("bob", password_hash=password_hash)
        browser = Browser(people, ada.name)
        refused = browser.call("POST", "/user/convert", {"adminUser": bob.name, "adminPassword": password})
        assert (refused.status, refused.json["reason"]) == (400, "invaliduser")
        assert browser.call("GET", "/user/").json["username"] == ada.name

    def test_nobody_administers_what_was_itself(self, people: People, ada: Client) -> None:
        refused = Browser(people, ada.name).call("POST", "/user/convert", {"adminUser": ada.name, "adminPassword": PASSWORD})
        assert (refused.status, refused.json["reason"]) == (400, "invaliduser")

    def test_the_last_admin_of_an_organization_and_a_superuser_stay_users(
        self, people: People, ada: Client, root: Browser, password_hash: str
    ) -> None:
        bob = people.user("bob", password_hash=password_hash)
        people.organization(ada)
        wanted = {"adminUser": bob.name, "adminPassword": PASSWORD}
        assert Browser(people, ada.name).call("POST", "/user/convert", wanted).status == 400
        assert not people.account(ada.name).is_organization
        assert root.call("POST", "/user/convert", wanted).json["reason"] == "invaliduser"


def test_a_robot_of_a_disabled_namespace_dies_at_once(people: People, ada: Client) -> None:
    create(ada, "app")
    ada.push_image(f"{ada.name}/app", "v1")
    machine = people.robot(ada.name)
    people.grant(f"{ada.name}/app", machine, "read")
    bearer = machine.bearing(f"repository:{ada.name}/app:pull")
    path = f"/v2/{ada.name}/app/manifests/v1"
    assert (machine.call("GET", path).status, bearer.call("GET", path).status) == (200, 200)

    people.server.core.database.write_now(set_enabled, SYSTEM, people.account(ada.name), False)

    assert (machine.call("GET", path).status, machine.ask_token().status) == (401, 401)
    assert bearer.call("GET", path).status in {403, 405}


def test_the_setting_of_renaming_is_announced(people: People) -> None:
    features = people.anonymous.call("GET", "/config").json["features"]
    assert (features["USER_RENAME"], features["USERNAME_CONFIRMATION"]) == (AccessSettings().user_rename, True)
