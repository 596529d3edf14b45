"""Teams that follow a group: of a real LDAP directory, and of an OpenID Connect provider (api-v1/accounts, section 6.1)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from pierhead.access.backends.registry import open_directory
from pierhead.access.delete_account import delete_account
from pierhead.access.external_sign_in import ExternalSignIn
from pierhead.access.model.errors import DirectoryFailed
from pierhead.access.services import AccessServices
from pierhead.access.sync_teams import sync_due_teams
from pierhead.accounts.users import get_user, set_superuser
from pierhead.audit.model import SYSTEM
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import UnitOfWork
from pierhead.settings import LdapSettings, SigninSettings
from tests.access.builders import PASSWORD, ApiClient, add_user
from tests.access.conftest import MakeClient, log_kinds
from tests.access.journeys import open_company, sign_in
from tests.services.ldap import BASE, SEARCHER, SEARCHER_PASSWORD, LdapServer
from tests.services.oidc_provider import OidcProvider

TEAM = "/organization/harbour/team/crew"
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def admin(services: AccessServices, owner: ApiClient) -> ApiClient:
    """Ada's client; she is a superuser, owns `harbour`, and has made the team `crew` there."""

    def promote(work: UnitOfWork) -> None:
        set_superuser(work, SYSTEM, get_user(work, "ada"), superuser=True)

    services.database.write_now(promote)
    assert owner.call("PUT", TEAM, {"role": "member"}).status_code == 200
    return owner


def list_members(client: ApiClient, team: str = TEAM) -> list[str]:
    return [member["name"] for member in client.get(f"{team}/members").json()["members"]]


@pytest.fixture(scope="module")
def server() -> Iterator[LdapServer]:
    running = LdapServer()
    try:
        yield running.start()
    finally:
        running.stop()


class TestLdap:
    @pytest.fixture
    def directory(self, server: LdapServer) -> LdapServer:
        """The server with three people and the group `sailors` of two of them."""
        server.clear()
        for name in ("bob", "carol", "dave"):
            server.add_person(name, PASSWORD)
        server.set_group("sailors", ["bob", "carol"])
        return server

    @pytest.fixture(params=["memberOf", ""], ids=["by memberOf", "by the group's members"])
    def settings(self, request: pytest.FixtureRequest, directory: LdapServer) -> LdapSettings:
        return LdapSettings(
            url=directory.url,
            bind_dn=SEARCHER,
            bind_password=SEARCHER_PASSWORD,
            base_dn=BASE,
            membership_attribute=request.param,
            connect_seconds=2,
        )

    @pytest.fixture
    def external(self, settings: LdapSettings) -> ExternalSignIn:
        return ExternalSignIn(directory=open_directory(settings))

    def sync(self, services: AccessServices) -> None:
        directory = services.external.directory
        assert directory is not None
        sync_due_teams(services.database, directory, every=HALF_AN_HOUR, keep_going=lambda: None)

    def test_the_team_gets_and_loses_people_with_the_group(
        self, services: AccessServices, admin: ApiClient, directory: LdapServer, clock: ManualClock
    ) -> None:
        answer = admin.call("POST", f"{TEAM}/syncing", {"group_dn": "cn=sailors,ou=groups"})

        assert (answer.status_code, answer.json()["name"]) == (200, "crew")
        self.sync(services)
        assert list_members(admin) == ["bob", "carol"]
        directory.set_group("sailors", ["carol", "dave"])
        self.sync(services)
        assert list_members(admin) == ["bob", "carol"], "the group is asked again only after half an hour"
        clock.advance(minutes=30)
        self.sync(services)
        assert list_members(admin) == ["carol", "dave"]
        assert log_kinds(services, "harbour")[-4:] == [
            "org_add_team_member",
            "org_add_team_member",
            "org_add_team_member",
            "org_remove_team_member",
        ]

    def test_whoever_signs_in_later_is_the_one_that_was_synced(
        self, services: AccessServices, admin: ApiClient, new_client: MakeClient
    ) -> None:
        admin.call("POST", f"{TEAM}/syncing", {"group_dn": f"cn=sailors,ou=groups,{BASE}"})
        self.sync(services)
        bob = new_client()
        bob.sign_in("bob")

        assert [entry["name"] for entry in bob.get("/user/").json()["organizations"]] == ["harbour"]

    def test_the_view_tells_of_the_group(self, services: AccessServices, admin: ApiClient) -> None:
        assert admin.get(f"{TEAM}/members").json()["can_sync"] == {"service": "ldap", "base_dn": BASE}
        admin.call("POST", f"{TEAM}/syncing", {"group_dn": "cn=sailors,ou=groups"})
        self.sync(services)

        shown = admin.get(f"{TEAM}/members").json()
        assert shown["synced"]["service"] == "ldap"
        assert shown["synced"]["config"] == {"group_dn": f"cn=sailors,ou=groups,{BASE}"}
        assert shown["synced"]["last_updated"] == "Thu, 01 Jan 2026 00:00:00 -0000"
        teams = admin.get("/organization/harbour").json()["teams"]
        assert (teams["crew"]["is_synced"], teams["owners"]["is_synced"]) == (True, False)

    def test_people_are_not_changed_by_hand_while_robots_are(self, services: AccessServices, admin: ApiClient) -> None:
        add_user(services, "eve")
        admin.call("PUT", "/organization/harbour/robots/ci")
        admin.call("POST", f"{TEAM}/syncing", {"group_dn": "cn=sailors,ou=groups"})
        self.sync(services)

        for method, member in (("PUT", "eve"), ("DELETE", "bob")):
            refused = admin.call(method, f"{TEAM}/members/{member}")
            assert (refused.status_code, refused.json()["message"]) == (400, "Cannot call this method on an auth-synced team")
        assert admin.call("PUT", f"{TEAM}/members/harbour+ci").status_code == 200
        self.sync(services)
        assert list_members(admin) == ["bob", "carol", "harbour+ci"]
        assert admin.call("DELETE", f"{TEAM}/members/harbour+ci").status_code == 204

    def test_when_it_ends_the_members_stay_and_may_be_changed(self, services: AccessServices, admin: ApiClient, clock: ManualClock) -> None:
        admin.call("POST", f"{TEAM}/syncing", {"group_dn": "cn=sailors,ou=groups"})
        self.sync(services)

        assert admin.call("DELETE", f"{TEAM}/syncing").status_code == 200
        assert admin.call("DELETE", f"{TEAM}/members/bob").status_code == 204
        clock.advance(hours=1)
        self.sync(services)
        assert list_members(admin) == ["carol"]
        assert log_kinds(services, "harbour")[-2:] == ["disable_team_sync", "org_remove_team_member"]

    @pytest.mark.parametrize("group", ["cn=nobody,ou=groups", "sailors", "", " ", "cn=sailors)(uid=*", "x" * 2000])
    def test_a_group_that_is_not_there_is_refused(self, group: str, admin: ApiClient) -> None:
        refused = admin.call("POST", f"{TEAM}/syncing", {"group_dn": group})

        assert refused.status_code == 400
        assert refused.json()["message"].startswith("Could not sync to group: ")
        assert admin.call("POST", f"{TEAM}/syncing", {}).status_code == 400
        assert admin.call("POST", f"{TEAM}/syncing", {"group_name": "sailors"}).status_code == 400

    def test_a_group_that_vanishes_leaves_the_team_as_it_is(
        self, services: AccessServices, admin: ApiClient, directory: LdapServer, clock: ManualClock
    ) -> None:
        admin.call("POST", f"{TEAM}/syncing", {"group_dn": "cn=sailors,ou=groups"})
        self.sync(services)
        directory.remove_group("sailors")
        clock.advance(hours=1)

        self.sync(services)

        assert list_members(admin) == ["bob", "carol"]

    def test_an_organization_may_change_hands(self, services: AccessServices, admin: ApiClient, new_client: MakeClient) -> None:
        """Ada is in no group of the directory."""
        admin.call("POST", "/organization/harbour/team/owners/syncing", {"group_dn": "cn=sailors,ou=groups"})

        self.sync(services)

        bob = new_client()
        bob.sign_in("bob")
        assert list_members(bob, "/organization/harbour/team/owners") == ["bob", "carol"]
        assert admin.get("/organization/harbour/team/owners/members").status_code == 403

    def test_a_team_of_admins_is_not_emptied(self, services: AccessServices, admin: ApiClient, directory: LdapServer) -> None:
        directory.set_group("sailors", [])
        admin.call("POST", "/organization/harbour/team/owners/syncing", {"group_dn": "cn=sailors,ou=groups"})

        self.sync(services)

        assert list_members(admin, "/organization/harbour/team/owners") == ["ada"]

    def test_a_directory_that_is_down_changes_nothing(
        self, services: AccessServices, admin: ApiClient, settings: LdapSettings, clock: ManualClock
    ) -> None:
        admin.call("POST", f"{TEAM}/syncing", {"group_dn": "cn=sailors,ou=groups"})
        self.sync(services)
        down = open_directory(settings.model_copy(update={"url": "ldap://127.0.0.1:1"}))
        assert down is not None
        clock.advance(hours=1)

        with pytest.raises(DirectoryFailed):
            sync_due_teams(services.database, down, every=HALF_AN_HOUR, keep_going=lambda: None)

        assert list_members(admin) == ["bob", "carol"]

    def test_a_deleted_organization_stops_nothing(self, services: AccessServices, admin: ApiClient) -> None:
        admin.call("POST", "/organization/", {"name": "quay"})
        for team in ("/organization/quay/team/crew", TEAM):
            admin.call("PUT", team, {"role": "member"})
            assert admin.call("POST", f"{team}/syncing", {"group_dn": "cn=sailors,ou=groups"}).status_code == 200
        assert admin.call("DELETE", "/organization/quay").status_code == 204

        self.sync(services)

        assert list_members(admin) == ["bob", "carol"]

    def test_a_deleted_user_comes_back_as_somebody_new(self, services: AccessServices, admin: ApiClient, clock: ManualClock) -> None:
        admin.call("POST", f"{TEAM}/syncing", {"group_dn": "cn=sailors,ou=groups"})
        self.sync(services)

        def delete(work: UnitOfWork) -> None:
            delete_account(work, SYSTEM, get_user(work, "bob"), grants=services.repository_grants)

        services.database.write_now(delete)
        clock.advance(hours=1)
        self.sync(services)

        assert list_members(admin) == ["bob-2", "carol"]

    def test_only_superusers_among_the_admins_may(self, services: AccessServices, owner: ApiClient, new_client: MakeClient) -> None:
        owner.call("PUT", TEAM, {"role": "member"})
        add_user(services, "mallory", is_superuser=True)
        mallory = new_client()
        mallory.sign_in("mallory")

        for client, status in ((owner, 403), (mallory, 403)):
            assert client.call("POST", f"{TEAM}/syncing", {"group_dn": "cn=sailors,ou=groups"}).status_code == status
            assert client.call("DELETE", f"{TEAM}/syncing").status_code == status
        assert "can_sync" not in owner.get(f"{TEAM}/members").json()

    def test_somebody_of_the_directory_gets_an_account_to_be_given_rights(self, admin: ApiClient) -> None:
        answer = admin.call("POST", "/entities/link/Dave")

        assert answer.status_code == 200
        assert {name: answer.json()["entity"][name] for name in ("name", "kind", "is_robot")} == {
            "name": "dave",
            "kind": "user",
            "is_robot": False,
        }
        assert admin.call("POST", "/entities/link/dave").json() == answer.json()
        unknown = admin.call("POST", "/entities/link/nobody")
        assert (unknown.status_code, unknown.json()["username"]) == (400, "nobody")


class TestOidc:
    @pytest.fixture
    def external(self, provider: OidcProvider) -> ExternalSignIn:
        return open_company(provider, SigninSettings(team_sync_by_admins=True), groups_claim="groups")

    def test_people_join_and_leave_as_they_sign_in(
        self, services: AccessServices, owner: ApiClient, new_client: MakeClient, provider: OidcProvider
    ) -> None:
        owner.call("PUT", TEAM, {"role": "member"})
        add_user(services, "eve")
        owner.call("PUT", f"{TEAM}/members/eve")
        assert owner.get(f"{TEAM}/members").json()["can_sync"] == {"service": "oidc", "issuer_domain": provider.issuer}

        assert owner.call("POST", f"{TEAM}/syncing", {"group_name": "sailors"}).status_code == 200

        assert list_members(owner) == [], "who is in the group is known only when people sign in"
        provider.person |= {"preferred_username": "bob", "email": "bob@example.com", "groups": ["sailors", "cooks"]}
        sign_in(new_client())
        assert list_members(owner) == ["bob"]
        provider.person["groups"] = "cooks"
        sign_in(new_client())
        assert list_members(owner) == []
        assert owner.get(f"{TEAM}/members").json()["synced"] == {"service": "oidc"}

    def test_a_team_of_the_only_admin_cannot_be_emptied(self, owner: ApiClient) -> None:
        assert owner.call("POST", "/organization/harbour/team/owners/syncing", {"group_name": "sailors"}).status_code == 400
        assert list_members(owner, "/organization/harbour/team/owners") == ["ada"]

    def test_a_group_needs_a_name(self, owner: ApiClient) -> None:
        owner.call("PUT", TEAM, {"role": "member"})
        bodies: list[dict[str, Any]] = [{}, {"group_name": ""}, {"group_name": "\x00"}, {"group_name": "x" * 256}, {"group_dn": "cn=x"}]
        for body in bodies:
            assert owner.call("POST", f"{TEAM}/syncing", body).status_code == 400


def test_without_a_back_end_that_knows_groups_the_calls_do_not_exist(admin: ApiClient) -> None:
    assert admin.call("POST", f"{TEAM}/syncing", {"group_name": "sailors"}).status_code == 404
    assert admin.call("DELETE", f"{TEAM}/syncing").status_code == 404
    assert admin.call("POST", "/entities/link/bob").status_code == 404
    assert admin.http.get("/config").json()["features"]["TEAM_SYNCING"] is False
