"""Sign-in at an OpenID Connect provider, end to end: there, back, and what becomes of it (api-v1/accounts, section 2)."""

import asyncio
from typing import Any

import pytest

from pierhead.access.backends.registry import open_providers
from pierhead.access.external_sign_in import ExternalSignIn
from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.errors import InvalidCredentials
from pierhead.access.model.external import ExternalUser, FirstSignIn
from pierhead.access.services import AccessServices
from pierhead.access.sign_in_external import sign_in_external
from pierhead.platform.clock import ManualClock
from pierhead.platform.errors import ConfigurationError
from pierhead.settings import OidcSettings, SigninSettings
from tests.access.builders import PASSWORD, ApiClient, add_user, log_in
from tests.access.conftest import MakeClient, log_kinds
from tests.access.journeys import begin, come_back, disable_ada, me, open_company, sign_in, visit, why
from tests.services.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider


@pytest.fixture
def changes() -> dict[str, Any]:
    """Settings of the provider that are not as delivered; a test may override this fixture."""
    return {}


@pytest.fixture
def external(provider: OidcProvider, changes: dict[str, Any]) -> ExternalSignIn:
    return open_company(provider, title="The Company", **changes)


def test_the_first_sign_in_makes_an_account_and_the_second_finds_it(
    client: ApiClient, new_client: MakeClient, services: AccessServices, provider: OidcProvider
) -> None:
    answer = sign_in(client)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    user = me(client)
    assert (user["username"], user["email"], user["has_password_set"], user["prompts"]) == ("ada", "ada@example.com", False, [])
    assert user["logins"] == [{"service": "company", "service_identifier": provider.person["sub"], "metadata": {"service_username": "ada"}}]
    assert log_kinds(services, "ada") == ["user_create", "login_success"]
    provider.person |= {"preferred_username": "ada.lovelace", "email": "lovelace@example.com"}
    other = new_client()
    sign_in(other)
    assert me(other)["username"] == "ada"
    assert me(other)["logins"][0]["metadata"] == {"service_username": "ada.lovelace"}


def test_the_session_may_change_things(client: ApiClient) -> None:
    sign_in(client)
    client.fetch_csrf_token()

    assert client.call("POST", "/organization/", {"name": "harbour"}).status_code == 201
    assert client.call("DELETE", "/organization/harbour").status_code == 204


def test_a_link_without_scripts_leads_there_too(client: ApiClient) -> None:
    answer = client.http.get("/oauth2/company/signin", follow_redirects=False)

    come_back(client, visit(answer.headers["Location"]))

    assert me(client)["username"] == "ada"


def test_the_providers_are_announced(client: ApiClient) -> None:
    config = client.http.get("/config").json()

    assert config["external_login"] == [
        {"id": "company", "title": "The Company", "config": {"CLIENT_ID": CLIENT_ID, "OIDC": True}, "icon": "fa-openid"}
    ]
    assert CLIENT_SECRET not in str(config)
    assert config["config"]["AUTHENTICATION_TYPE"] == "Database"


@pytest.mark.parametrize(
    ("username", "expected"),
    [
        ("Ada Lovelace", "ada_lovelace"),
        ("Éloïse@Example.com", "eloise"),
        ("..x..", "user-x"),
        ("signin", "signin-2"),
        ("日本", "user-2"),
        ("a" * 300, "a" * 200),
    ],
)
def test_a_name_is_made_valid(username: str, expected: str, client: ApiClient, provider: OidcProvider) -> None:
    provider.person["preferred_username"] = username

    sign_in(client)

    user = me(client)
    assert (user["username"], user["prompts"]) == (expected, ["confirm_username"])


def test_nobodys_account_is_taken_over_by_name_or_address(client: ApiClient, services: AccessServices, provider: OidcProvider) -> None:
    add_user(services, "ada")
    provider.person["email_verified"] = True

    sign_in(client)

    user = me(client)
    assert (user["username"], user["email"]) == ("ada-2", None)


class TestWithoutPasswords:
    @pytest.fixture
    def external(self, provider: OidcProvider) -> ExternalSignIn:
        return open_company(provider, SigninSettings(direct=False))

    def test_only_the_provider_lets_people_in(self, client: ApiClient, services: AccessServices, clock: ManualClock) -> None:
        add_user(services, "bob")
        config = client.http.get("/config").json()
        assert (config["config"]["AUTHENTICATION_TYPE"], config["config"]["INTERNAL_OIDC_SERVICE_ID"]) == ("OIDC", "company")
        assert config["features"]["DIRECT_LOGIN"] is False

        assert client.sign_in("bob").status_code == 404
        assert client.call("POST", "/user/", {"username": "eve", "password": PASSWORD, "email": "e@example.com"}).status_code == 404
        with pytest.raises(InvalidCredentials, match="switched off"):
            log_in(services, "bob", PASSWORD)
        sign_in(client)
        clock.advance(hours=1)
        client.fetch_csrf_token()
        assert client.call("POST", "/detachexternal/company").status_code == 404
        assert client.call("POST", "/organization/", {"name": "harbour"}).status_code == 201
        assert client.call("DELETE", "/organization/harbour").status_code == 204


def test_those_who_come_at_once_for_the_first_time_are_one(services: AccessServices) -> None:
    somebody = ExternalUser("company", "4711", "grace", "grace@example.com")

    async def come() -> list[StoredUser]:
        return await asyncio.gather(*(services.database.write(sign_in_external, somebody, FirstSignIn()) for _ in range(4)))

    assert {user.name for user in asyncio.run(come())} == {"grace"}


class TestLinkingByAddress:
    """The setting takes over accounts whose address the provider has verified."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"link_existing": "email"}

    @pytest.mark.parametrize(("verified", "expected"), [(True, "augusta"), (False, "ada"), ("true", "ada")])
    def test_only_a_verified_address_leads_to_the_account(
        self, verified: object, expected: str, client: ApiClient, services: AccessServices, provider: OidcProvider
    ) -> None:
        add_user(services, "augusta")
        provider.person |= {"email": "Augusta@Example.com", "email_verified": verified}

        sign_in(client)

        assert me(client)["username"] == expected


class TestWithoutNewAccounts:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"create_users": False}

    def test_a_stranger_is_not_let_in_and_an_attached_user_is(
        self, owner: ApiClient, new_client: MakeClient, provider: OidcProvider
    ) -> None:
        assert "administrator" in why(sign_in(new_client()))

        come_back(owner, visit(begin(owner, "attach")))

        other = new_client()
        sign_in(other)
        assert me(other)["username"] == "ada"


class TestSuperusers:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"groups_claim": "groups", "superuser_group": "admins"}

    def test_the_group_decides_at_each_sign_in(self, client: ApiClient, provider: OidcProvider) -> None:
        provider.person["groups"] = ["staff", "admins"]
        sign_in(client)
        assert me(client)["super_user"] is True

        provider.person["groups"] = ["staff"]
        sign_in(client)
        assert "super_user" not in me(client)


WRONG: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "somebody-else"},
    "another issuer": {"iss": "https://elsewhere.example.com"},
    "another party": {"aud": [CLIENT_ID, "other"], "azp": "other"},
    "no expiry": {"exp": None},
    "an expiry in the past": {"exp": 1},
    "a moment to come": {"nbf": 99999999999},
    "the hash of another token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "no subject": {"sub": None},
    "a subject that is no text": {"sub": 7},
}


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG.keys())
def test_an_answer_is_not_trusted_with(changed: dict[str, Any], client: ApiClient, provider: OidcProvider) -> None:
    provider.id_token_changes = changed

    assert "cannot be trusted" in why(sign_in(client))
    assert me(client) == {}


def test_an_answer_signed_with_an_unknown_key_is_not_trusted(client: ApiClient, provider: OidcProvider, clock: ManualClock) -> None:
    url = begin(client)
    provider.signing_key = OidcProvider(provider.issuer, provider.now_seconds).key

    assert "cannot be trusted" in why(come_back(client, visit(url)))


def test_a_new_key_of_the_provider_is_found(client: ApiClient, provider: OidcProvider, clock: ManualClock) -> None:
    sign_in(client)
    clock.advance(seconds=31)
    provider.rotate_key()

    assert sign_in(client).headers["Location"] == "/"


def test_a_person_who_says_no_is_told_so(client: ApiClient, provider: OidcProvider) -> None:
    provider.refusal = "access_denied"

    assert "refused" in why(sign_in(client))


def test_only_the_browser_that_went_comes_back(client: ApiClient, new_client: MakeClient) -> None:
    address = visit(begin(client))

    assert "begun elsewhere" in why(come_back(new_client(), address))


def test_a_made_up_state_is_refused(client: ApiClient) -> None:
    address = visit(begin(client))

    assert "begun elsewhere" in why(come_back(client, address.replace("state=", "state=x")))


def test_a_code_is_good_once(client: ApiClient) -> None:
    address = visit(begin(client))
    kept = client.http.cookies.get("_oauth_csrf_token")
    come_back(client, address)
    assert kept is not None
    client.http.cookies.set("_oauth_csrf_token", kept, domain="registry.example.com", path="/oauth2")

    assert "did not accept" in why(come_back(client, address))


def test_whoever_is_away_too_long_begins_anew(client: ApiClient, clock: ManualClock) -> None:
    address = visit(begin(client))
    clock.advance(seconds=601)

    assert "too long ago" in why(come_back(client, address))


def test_a_journey_does_not_end_at_another_callback(client: ApiClient) -> None:
    address = visit(begin(client)).replace("/callback?", "/callback/attach?")

    assert "begun elsewhere" in why(come_back(client, address))


def test_whoever_was_deleted_comes_as_somebody_new(client: ApiClient, services: AccessServices) -> None:
    sign_in(client)
    client.fetch_csrf_token()
    before = me(client)
    assert client.call("DELETE", "/user/").status_code == 204

    sign_in(client)

    # The old name is kept back for as long as tokens that bear it may be out.
    assert (before["username"], me(client)["username"]) == ("ada", "ada-2")


def test_a_disabled_user_is_not_let_in(client: ApiClient, services: AccessServices) -> None:
    sign_in(client)
    services.database.write_now(disable_ada)

    assert "disabled" in why(sign_in(client))
    assert me(client) == {}


def test_a_provider_that_is_down_is_a_fault_of_the_other_side(client: ApiClient, provider: OidcProvider) -> None:
    provider.is_down = True
    client.fetch_csrf_token()

    answer = client.call("POST", "/externallogin/company", {"kind": "login"})

    assert (answer.status_code, answer.json()["title"]) == (520, "downstream_issue")


def test_an_unknown_service_is_an_invalid_request(client: ApiClient) -> None:
    client.fetch_csrf_token()

    assert client.call("POST", "/externallogin/nobody", {"kind": "login"}).status_code == 400
    assert client.call("POST", "/externallogin/company", {"kind": "borrow"}).status_code == 400
    assert client.call("POST", "/externallogin/company", {"kind": "attach"}).status_code == 401
    assert "no such" in why(client.http.get("/oauth2/nobody/callback", follow_redirects=False))
    assert "no such" in why(client.http.get("/oauth2/nobody/signin", follow_redirects=False))


def test_the_csrf_token_is_needed(client: ApiClient) -> None:
    client.fetch_csrf_token()
    client.csrf_token = "wrong"

    assert client.call("POST", "/externallogin/company", {"kind": "login"}).status_code == 403


def test_a_user_attaches_a_sign_in_and_detaches_it(owner: ApiClient, new_client: MakeClient) -> None:
    answer = come_back(owner, visit(begin(owner, "attach")))

    assert answer.headers["Location"] == "/user/ada?tab=external"
    assert [login["service"] for login in me(owner)["logins"]] == ["company"]
    assert owner.call("POST", "/detachexternal/company").json() == {"success": True}
    assert me(owner)["logins"] == []
    other = new_client()
    sign_in(other)
    assert me(other)["username"] == "ada-2"


def test_the_only_way_in_cannot_be_detached(client: ApiClient) -> None:
    sign_in(client)
    client.fetch_csrf_token()

    assert client.call("POST", "/detachexternal/company").status_code == 400


def test_a_sign_in_belongs_to_one_account(client: ApiClient, services: AccessServices, new_client: MakeClient) -> None:
    sign_in(client)
    add_user(services, "bob")
    bob = new_client()
    bob.sign_in("bob")

    assert "attached to another" in why(come_back(bob, visit(begin(bob, "attach"))))


def test_attaching_ends_for_whoever_is_somebody_else_by_now(services: AccessServices, owner: ApiClient) -> None:
    add_user(services, "bob")
    address = visit(begin(owner, "attach"))
    owner.sign_in("bob")

    assert "somebody else" in why(come_back(owner, address))
    assert me(owner)["logins"] == []


def test_the_rest_is_asked_of_the_provider(client: ApiClient, provider: OidcProvider) -> None:
    provider.id_token_changes = {"preferred_username": None, "email": None}

    sign_in(client)

    assert me(client)["username"] == "ada"
    assert provider.asked["/userinfo"] == 1


def test_an_answer_about_somebody_else_is_not_taken(client: ApiClient, provider: OidcProvider) -> None:
    provider.id_token_changes = {"preferred_username": None, "email": None, "sub": "another"}

    sign_in(client)

    assert me(client)["username"] == "another"


@pytest.mark.parametrize("name", ["ldap", "Big", "a/b", ""])
def test_a_provider_needs_a_name_that_can_stand_in_an_address(name: str, external: ExternalSignIn) -> None:
    with pytest.raises(ConfigurationError, match="provider"):
        open_providers({name: OidcSettings(issuer="https://id.example.com", client_id="x")}, external.provider_issuers)
