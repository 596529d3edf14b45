"""Invitations into teams by mail (api-v1/accounts, section 6): sent, shown, answered, withdrawn. By a real mail server, through the door."""

import pytest
from sqlalchemy import insert, select

from pierhead.access.services import AccessServices
from pierhead.access.tables import team_sync
from pierhead.accounts.tables import team
from pierhead.platform.database import UnitOfWork
from pierhead.settings import AccessSettings
from tests.access.builders import PASSWORD, ApiClient, add_user
from tests.access.conftest import Join, MakeClient, log_kinds
from tests.access.post import Post, follow

TEAM = "/organization/harbour/team/owners"


@pytest.fixture
def services(mailing_services: AccessServices) -> AccessServices:
    return mailing_services


@pytest.fixture
def bob(services: AccessServices, new_client: MakeClient) -> ApiClient:
    """Bob's client; he is in no team."""
    add_user(services, "bob")
    client = new_client()
    client.sign_in("bob")
    return client


def members(client: ApiClient, *, pending: bool = True) -> list[str]:
    shown = client.get(f"{TEAM}/members", params={"includePending": str(pending)}).json()["members"]
    return [member.get("name") or member["email"] for member in shown]


def invite(client: ApiClient, email: str = "carol@example.com") -> int:
    return client.call("PUT", f"{TEAM}/invite/{email}").status_code


def follow_group(work: UnitOfWork) -> None:
    """The only team follows a group."""
    team_id = work.connection.execute(select(team.c.id)).scalar_one()
    work.connection.execute(
        insert(team_sync).values(team_id=team_id, service="ldap", external_group="cn=crew", created_at=work.now, due_at=work.now)
    )


def code_of(link: str) -> str:
    return link.partition("code=")[2]


class TestUsers:
    def test_a_user_who_is_new_in_the_organization_joins_by_accepting(
        self, services: AccessServices, owner: ApiClient, bob: ApiClient, post: Post
    ) -> None:
        added = owner.call("PUT", f"{TEAM}/members/bob")
        assert (added.status_code, added.json()["invited"], added.json()["name"]) == (200, True, "bob")
        assert members(owner) == ["ada", "bob"]
        assert members(owner, pending=False) == ["ada"]
        assert bob.get(f"{TEAM}/members").status_code == 403

        (mail,) = post.collect()
        assert mail.recipients == ["bob@example.com"]
        assert "ada invites you to join harbour" in str(mail.message["Subject"])
        code = code_of(mail.find_link("/confirminvite"))
        assert bob.call("PUT", f"/teaminvite/{code}").json() == {"org": "harbour", "team": "owners"}
        assert members(bob) == ["ada", "bob"]
        assert {"org_invite_team_member", "org_team_member_invite_accepted", "org_add_team_member"} <= set(log_kinds(services, "harbour"))
        assert bob.call("PUT", f"/teaminvite/{code}").status_code == 404

    def test_following_the_link_joins_and_leads_to_the_organization(self, owner: ApiClient, bob: ApiClient, post: Post) -> None:
        owner.call("PUT", f"{TEAM}/members/bob")
        link = post.collect()[0].find_link("/confirminvite")

        answer = follow(bob, link)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/organization/harbour?tab=Teamsandmembership")
        assert members(owner, pending=False) == ["ada", "bob"]
        assert follow(bob, link).status_code == 400

    def test_whoever_is_in_a_team_already_is_added_at_once(self, owner: ApiClient, join: Join, post: Post) -> None:
        join("carol", "member")
        assert owner.call("PUT", f"{TEAM}/members/carol").json()["invited"] is False
        assert members(owner, pending=False) == ["ada", "carol"]
        assert post.collect() == []

    def test_a_robot_is_added_at_once(self, owner: ApiClient) -> None:
        owner.call("PUT", "/organization/harbour/robots/ci")
        assert owner.call("PUT", f"{TEAM}/members/harbour+ci").json()["invited"] is False

    def test_an_invitation_can_be_declined(self, services: AccessServices, owner: ApiClient, bob: ApiClient, post: Post) -> None:
        owner.call("PUT", f"{TEAM}/members/bob")
        code = code_of(post.collect()[0].find_link("/confirminvite"))

        assert bob.call("DELETE", f"/teaminvite/{code}").status_code == 204
        assert members(owner) == ["ada"]
        assert bob.call("DELETE", f"/teaminvite/{code}").status_code == 404
        assert "org_team_member_invite_declined" in log_kinds(services, "harbour")

    def test_removing_a_member_who_has_not_answered_ends_the_invitation(
        self, services: AccessServices, owner: ApiClient, bob: ApiClient, post: Post
    ) -> None:
        owner.call("PUT", f"{TEAM}/members/bob")
        code = code_of(post.collect()[0].find_link("/confirminvite"))

        assert owner.call("DELETE", f"{TEAM}/members/bob").status_code == 204
        assert bob.call("PUT", f"/teaminvite/{code}").status_code == 404
        assert owner.call("DELETE", f"{TEAM}/members/bob").status_code == 400
        assert "org_delete_team_member_invite" in log_kinds(services, "harbour")

    def test_an_invitation_is_nobody_elses(
        self, services: AccessServices, owner: ApiClient, bob: ApiClient, post: Post, new_client: MakeClient
    ) -> None:
        owner.call("PUT", f"{TEAM}/members/bob")
        code = code_of(post.collect()[0].find_link("/confirminvite"))
        add_user(services, "eve")
        eve = new_client()
        eve.sign_in("eve")

        for method in ("PUT", "DELETE"):
            assert eve.call(method, f"/teaminvite/{code}").status_code == 404
            assert new_client(**{"X-Nothing": "1"}).call(method, f"/teaminvite/{code}").status_code in {401, 403}
        assert follow(eve, f"/confirminvite?code={code}").status_code == 400
        assert bob.call("PUT", f"/teaminvite/{code}").status_code == 200

    def test_a_second_invitation_ends_the_first_code(self, owner: ApiClient, bob: ApiClient, post: Post) -> None:
        codes = []
        for _ in range(2):
            owner.call("PUT", f"{TEAM}/members/bob")
            codes.append(code_of(post.collect()[0].find_link("/confirminvite")))
        assert [bob.call("PUT", f"/teaminvite/{code}").status_code for code in codes] == [404, 200]

    @pytest.mark.parametrize("code", ["nothing", "x" * 300, "%00"])
    def test_a_code_that_was_never_mailed_is_refused(self, bob: ApiClient, code: str) -> None:
        assert bob.call("PUT", f"/teaminvite/{code}").status_code == 404


class TestAddresses:
    def test_an_invited_stranger_signs_up_and_is_in_the_team_without_a_further_mail(
        self, owner: ApiClient, post: Post, new_client: MakeClient
    ) -> None:
        answer = owner.call("PUT", f"{TEAM}/invite/Carol@example.com")
        assert answer.status_code == 200
        assert answer.json() | {"avatar": None} == {"email": "carol@example.com", "kind": "invite", "avatar": None, "invited": True}
        assert members(owner) == ["ada", "carol@example.com"]
        (mail,) = post.collect()
        stranger = new_client()
        answer = follow(stranger, mail.find_link("/confirminvite"))
        code = code_of(mail.find_link("/confirminvite"))
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/signin?invite_code={code}")

        stranger.fetch_csrf_token()
        body = {"username": "carol", "password": PASSWORD, "email": "CAROL@example.com", "invite_code": code}
        assert stranger.call("POST", "/user/", body).json()["username"] == "carol"
        assert members(owner) == ["ada", "carol"]
        assert post.collect() == []

    def test_whoever_signs_up_with_another_address_confirms_that_one(self, owner: ApiClient, post: Post, new_client: MakeClient) -> None:
        invite(owner)
        code = code_of(post.collect()[0].find_link("/confirminvite"))
        stranger = new_client()
        stranger.fetch_csrf_token()
        body = {"username": "carol", "password": PASSWORD, "email": "other@example.com", "invite_code": code}
        assert stranger.call("POST", "/user/", body).json() == {"awaiting_verification": True}
        (mail,) = post.collect()
        assert mail.recipients == ["other@example.com"]
        assert members(owner) == ["ada", "carol"]

    def test_a_user_takes_the_code_along_to_the_sign_in(self, owner: ApiClient, bob: ApiClient, post: Post, new_client: MakeClient) -> None:
        invite(owner, "bob@example.com")
        code = code_of(post.collect()[0].find_link("/confirminvite"))
        client = new_client()
        client.fetch_csrf_token()
        body = {"username": "bob", "password": PASSWORD, "invite_code": code}
        assert client.call("POST", "/signin", body).status_code == 200
        assert members(owner) == ["ada", "bob"]
        assert client.call("POST", "/signin", body).status_code == 200, "a code that is used up keeps nobody out"

    def test_an_invitation_is_withdrawn(self, owner: ApiClient, bob: ApiClient, post: Post) -> None:
        invite(owner)
        code = code_of(post.collect()[0].find_link("/confirminvite"))
        assert owner.call("DELETE", f"{TEAM}/invite/CAROL@example.com").status_code == 204
        assert owner.call("DELETE", f"{TEAM}/invite/carol@example.com").status_code == 404
        assert bob.call("PUT", f"/teaminvite/{code}").status_code == 404

    def test_nobody_is_invited_into_a_team_that_follows_a_group(self, services: AccessServices, owner: ApiClient) -> None:
        services.database.write_now(follow_group)
        answer = owner.call("PUT", f"{TEAM}/invite/carol@example.com")
        assert (answer.status_code, answer.json()["message"]) == (400, "Cannot call this method on an auth-synced team")

    def test_only_admins_invite(self, owner: ApiClient, bob: ApiClient, join: Join, new_client: MakeClient) -> None:
        assert [invite(client) for client in (bob, join("carol", "member"), join("dan", "creator"))] == [403, 403, 403]
        anonymous = new_client()
        anonymous.fetch_csrf_token()
        assert invite(anonymous) == 401
        assert owner.call("PUT", "/organization/harbour/team/nobody/invite/a@example.com").status_code == 404
        assert invite(owner, "no-address") == 400

    def test_nobody_is_flooded_with_invitations(self, owner: ApiClient) -> None:
        assert [invite(owner) for _ in range(6)] == [200] * 5 + [429]

    def test_a_deleted_team_or_organization_takes_its_invitations_along(self, owner: ApiClient, bob: ApiClient, post: Post) -> None:
        invite(owner)
        code = code_of(post.collect()[0].find_link("/confirminvite"))
        assert owner.call("DELETE", "/organization/harbour").status_code == 204
        assert bob.call("PUT", f"/teaminvite/{code}").status_code == 404


class TestInvitedUsersOnly:
    @pytest.fixture
    def options(self) -> AccessSettings:
        return AccessSettings(invited_users_only=True)

    def test_nobody_signs_up_without_an_invitation(self, owner: ApiClient, post: Post, new_client: MakeClient) -> None:
        assert owner.http.get("/config").json()["features"]["INVITE_ONLY_USER_CREATION"] is True
        invite(owner)
        code = code_of(post.collect()[0].find_link("/confirminvite"))
        client = new_client()
        client.fetch_csrf_token()
        body = {"username": "carol", "password": PASSWORD, "email": "carol@example.com"}
        for wrong in (None, "", "nothing"):
            assert client.call("POST", "/user/", {**body, "invite_code": wrong}).status_code == 400
        assert client.call("POST", "/user/", {**body, "invite_code": code}).status_code == 200
        assert client.call("POST", "/user/", {**body, "username": "carl", "invite_code": code}).status_code == 400


class TestWithoutInvitations:
    @pytest.fixture
    def options(self) -> AccessSettings:
        return AccessSettings(team_invitations=False)

    def test_a_user_is_added_at_once(self, owner: ApiClient, bob: ApiClient, post: Post) -> None:
        assert owner.call("PUT", f"{TEAM}/members/bob").json()["invited"] is False
        assert members(bob) == ["ada", "bob"]
        assert post.collect() == []
