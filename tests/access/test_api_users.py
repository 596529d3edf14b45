"""The caller's own account in the REST API (api-v1/accounts, section 3)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pierhead.access.services import AccessServices
from pierhead.platform.clock import ManualClock
from pierhead.platform.errors import Unauthenticated
from pierhead.settings import AccessSettings
from tests.access.builders import PASSWORD, ApiClient, add_user, basic, log_in
from tests.access.conftest import MakeClient, log_kinds

ADA = {"username": "ada", "password": PASSWORD, "email": "ada@example.com"}


@pytest.fixture
def ada(services: AccessServices, client: ApiClient) -> ApiClient:
    """Ada's client, signed in."""
    add_user(services, "ada")
    client.sign_in("ada")
    return client


def test_the_first_user_of_an_empty_database_becomes_a_superuser(services: AccessServices, client: ApiClient) -> None:
    response = client.call("POST", "/user/initialize", ADA)

    body = response.json()
    assert response.status_code == 200
    assert (body["username"], body["email"]) == ("ada", "ada@example.com")
    assert set(body) == {"username", "email", "encrypted_password"}
    assert log_in(services, "ada", body["encrypted_password"]).is_superuser
    assert client.get("/user/").json()["super_user"] is True


def test_the_first_user_gets_a_token_when_asked_for(client: ApiClient, new_client: MakeClient, clock: ManualClock) -> None:
    token = client.call("POST", "/user/initialize", {**ADA, "access_token": True}).json()["access_token"]

    script = new_client(Authorization=f"Bearer {token}")
    assert script.call("POST", "/organization/", {"name": "harbour"}).status_code == 201
    assert script.get("/user/").json()["super_user"] is True
    # Scripts tear down what they set up: this call asks people for a fresh sign-in.
    assert script.call("DELETE", "/organization/harbour").status_code == 204
    clock.advance(seconds=9000)
    assert script.get("/user/").status_code == 401


def test_a_second_first_user_is_refused(services: AccessServices, client: ApiClient) -> None:
    add_user(services, "bob")
    response = client.call("POST", "/user/initialize", ADA)

    assert (response.status_code, response.json()["message"]) == (400, "Cannot initialize user in a non-empty database")


def test_of_several_first_users_at_once_one_wins(new_client: MakeClient) -> None:
    clients = [new_client() for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        bodies = [{**ADA, "username": f"user{number}", "email": None} for number in range(4)]
        responses = list(threads.map(lambda pair: pair[0].call("POST", "/user/initialize", pair[1]), zip(clients, bodies, strict=True)))

    assert sorted(response.status_code for response in responses) == [200, 400, 400, 400]


@pytest.mark.parametrize(
    "change", [{"password": "short"}, {"username": "A"}, {"email": "nothing"}, {"password": None}, {"username": "api"}]
)
def test_a_first_user_that_breaks_a_rule_is_refused(client: ApiClient, change: dict[str, object]) -> None:
    assert client.call("POST", "/user/initialize", {**ADA, **change}).status_code == 400


class TestWhenSwitchedOff:
    @pytest.fixture
    def options(self) -> AccessSettings:
        return AccessSettings(user_initialize=False, user_creation=False)

    def test_no_first_user_can_be_made(self, client: ApiClient) -> None:
        assert client.call("POST", "/user/initialize", ADA).status_code == 400

    def test_nobody_can_sign_up(self, client: ApiClient) -> None:
        client.fetch_csrf_token()
        assert client.call("POST", "/user/", ADA).status_code == 404


def test_a_stranger_signs_up_and_is_signed_in(client: ApiClient) -> None:
    client.fetch_csrf_token()
    response = client.call("POST", "/user/", ADA)

    assert (response.status_code, response.json()["username"]) == (200, "ada")
    assert "super_user" not in response.json()
    assert client.get("/user").json() == client.get("/user/").json()


def test_signing_up_with_a_name_or_address_that_is_taken_is_refused(services: AccessServices, client: ApiClient) -> None:
    add_user(services, "ada")
    client.fetch_csrf_token()

    taken = client.call("POST", "/user/", {**ADA, "email": "other@example.com"})
    assert (taken.status_code, taken.json()["message"]) == (400, "A user or organization with this name already exists")
    used = client.call("POST", "/user/", {**ADA, "username": "bob", "email": "ADA@example.com"})
    assert (used.status_code, used.json()["message"]) == (400, "Email has already been used: ada@example.com")


def test_the_user_view_has_the_fields_that_clients_read(ada: ApiClient) -> None:
    ada.call("POST", "/organization/", {"name": "harbour"})
    view = ada.get("/user/").json()

    assert view["avatar"]["kind"] == "user"
    assert (view["is_me"], view["can_create_repo"], view["anonymous"], view["verified"]) == (True, True, False, True)
    assert view["organizations"][0] | {"avatar": None} == {
        "name": "harbour", "avatar": None, "can_create_repo": True, "public": False, "is_org_admin": True, "preferred_namespace": False,
    }  # fmt: skip


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    services: AccessServices, ada: ApiClient, new_client: MakeClient
) -> None:
    other = new_client()
    other.sign_in("ada")

    response = ada.call("PUT", "/user/", {"password": "another-horse"})

    assert response.status_code == 200
    assert "X-Next-CSRF-Token" in response.headers
    assert ada.get("/user/").status_code == 200
    assert other.get("/user/").status_code == 401
    assert log_in(services, "ada", "another-horse").name == "ada"


def test_the_address_and_the_time_machine_are_changed_together_or_not_at_all(services: AccessServices, ada: ApiClient) -> None:
    add_user(services, "bob")

    assert ada.call("PUT", "/user/", {"email": "new@example.com", "tag_expiration_s": 86400}).json()["tag_expiration_s"] == 86400
    assert ada.call("PUT", "/user/", {"email": "bob@example.com", "tag_expiration_s": 1}).status_code == 400
    assert ada.call("PUT", "/user/", {"email": "newer@example.com", "tag_expiration_s": -1}).status_code == 400
    view = ada.get("/user/").json()
    assert (view["email"], view["tag_expiration_s"]) == ("new@example.com", 86400)


def test_a_client_key_is_an_encrypted_password(services: AccessServices, ada: ApiClient) -> None:
    assert ada.call("POST", "/user/clientkey", {"password": "wrong-horse"}).status_code == 400
    key = ada.call("POST", "/user/clientkey", {"password": PASSWORD}).json()["key"]

    assert log_in(services, "ada", key).name == "ada"
    assert PASSWORD not in key


def test_an_application_token_is_made_shown_again_and_revoked(services: AccessServices, ada: ApiClient) -> None:
    created = ada.call("POST", "/user/apptoken", {"title": "laptop"})
    token = created.json()["token"]

    assert created.status_code == 200
    assert token["created"].endswith(" -0000")
    assert ada.get(f"/user/apptoken/{token['uuid']}").json()["token"]["token_code"] == token["token_code"]
    listed = ada.get("/user/apptoken").json()
    assert [entry["title"] for entry in listed["tokens"]] == ["laptop"]
    assert "token_code" not in listed["tokens"][0]
    assert ada.get("/user/apptoken", params={"expiring": "True"}).json() == {"tokens": [], "only_expiring": True}
    assert ada.call("DELETE", f"/user/apptoken/{token['uuid']}").status_code == 204
    assert ada.call("DELETE", f"/user/apptoken/{token['uuid']}").status_code == 404


def test_somebody_elses_application_token_does_not_exist(services: AccessServices, ada: ApiClient, new_client: MakeClient) -> None:
    uuid = ada.call("POST", "/user/apptoken", {"title": "laptop"}).json()["token"]["uuid"]
    add_user(services, "bob")
    bob = new_client()
    bob.sign_in("bob")

    assert bob.get(f"/user/apptoken/{uuid}").status_code == 404
    assert bob.call("DELETE", f"/user/apptoken/{uuid}").status_code == 404


@pytest.mark.parametrize("title", ["", "  ", "x" * 256, "nul\0"])
def test_a_title_has_1_to_255_characters(ada: ApiClient, title: str) -> None:
    assert ada.call("POST", "/user/apptoken", {"title": title}).status_code == 400


def test_basic_with_an_application_token_is_seen_as_its_owner(services: AccessServices, ada: ApiClient, new_client: MakeClient) -> None:
    code = ada.call("POST", "/user/apptoken", {"title": "laptop"}).json()["token"]["token_code"]

    assert new_client(Authorization=basic("$app", code)).get("/user/apptoken").json()["tokens"][0]["last_accessed"] is not None


def test_the_details_of_a_user_are_changed_and_cleared(services: AccessServices, ada: ApiClient) -> None:
    details = {
        "given_name": "Ada", "family_name": "King", "company": "Engines", "location": "London", "invoice_email": True,
        "invoice_email_address": "bills@example.com",
    }  # fmt: skip
    view = ada.call("PUT", "/user/", {**details, "username": "ignored"}).json()

    assert {name: view[name] for name in details} == details
    assert view["username"] == "ada"
    assert ada.call("PUT", "/user/", {"company": None, "location": ""}).json() | {"company": None, "location": None} == {
        **view, "company": None, "location": None,
    }  # fmt: skip
    assert log_kinds(services, "ada")[-3:] == ["user_change_invoicing", "user_change_metadata", "user_change_metadata"]


@pytest.mark.parametrize("change", [{"company": "x" * 256}, {"location": "a\0b"}, {"invoice_email_address": "nothing"}, {"given_name": 7}])
def test_a_detail_that_breaks_a_rule_is_refused(ada: ApiClient, change: dict[str, object]) -> None:
    assert ada.call("PUT", "/user/", change).status_code == 400


def test_everybody_sees_that_a_user_exists_and_only_the_user_sees_more(ada: ApiClient, new_client: MakeClient) -> None:
    ada.call("POST", "/organization/", {"name": "harbour"})
    nobody = new_client()

    assert set(nobody.get("/users/ada").json()) == {"anonymous", "username", "avatar"}
    assert ada.get("/users/ada").json() == ada.get("/user/").json()
    for name in ("harbour", "nothing", "NO"):
        assert nobody.get(f"/users/{name}").status_code == 404


def test_a_user_who_is_deleted_is_gone_at_once(services: AccessServices, ada: ApiClient, new_client: MakeClient) -> None:
    code = ada.call("POST", "/user/apptoken", {"title": "laptop"}).json()["token"]["token_code"]
    robot = ada.call("PUT", "/user/robots/ci").json()
    other = new_client()
    other.sign_in("ada")

    assert ada.call("DELETE", "/user/").status_code == 204
    assert ada.get("/user/").status_code == 401
    assert other.get("/user/").status_code == 401
    assert new_client().get("/users/ada").status_code == 404
    for name, secret in (("ada", PASSWORD), ("$app", code), (robot["name"], robot["token"])):
        with pytest.raises(Unauthenticated):
            log_in(services, name, secret)


def test_the_last_admin_of_an_organization_cannot_be_deleted(services: AccessServices, ada: ApiClient) -> None:
    ada.call("POST", "/organization/", {"name": "harbour"})
    response = ada.call("DELETE", "/user/")

    assert response.status_code == 400
    assert "'harbour' would have no admin" in response.json()["message"]
    assert ada.get("/user/").status_code == 200


def test_no_application_acts_as_a_user_yet(ada: ApiClient, client: ApiClient, new_client: MakeClient) -> None:
    assert ada.get("/user/authorizations").json() == {"authorizations": []}
    assert new_client().get("/user/authorizations").status_code == 401
