"""Sign-in, sessions, CSRF and fresh logins of the REST API (api-v1, section 4; accounts, section 2)."""

import pytest

from pierhead.access.services import AccessServices
from pierhead.accounts.users import get_namespace, set_enabled
from pierhead.audit.model import SYSTEM, LogEntry
from pierhead.audit.store import list_entries_of_namespace
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import UnitOfWork
from pierhead.settings import AccessSettings
from tests.access.builders import PASSWORD, ApiClient, add_user, basic
from tests.access.conftest import MakeClient


@pytest.fixture
def ada(services: AccessServices, client: ApiClient) -> ApiClient:
    """Ada's client, signed in."""
    add_user(services, "ada")
    assert client.sign_in("ada").status_code == 200
    return client


def test_a_csrf_token_has_64_url_safe_characters_and_stays_with_the_session(client: ApiClient) -> None:
    first = client.fetch_csrf_token()

    assert len(first) == 64
    assert first.replace("-", "").replace("_", "").isalnum()
    assert client.fetch_csrf_token() == first


def test_the_session_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(new_client: MakeClient) -> None:
    cookie = new_client().http.get("/csrf_token").headers["Set-Cookie"]

    assert cookie.startswith("_csrf_token=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert "Secure" in new_client().http.get("https://registry.example.com/csrf_token").headers["Set-Cookie"]


def test_signing_in_answers_with_the_next_csrf_token(services: AccessServices, client: ApiClient) -> None:
    add_user(services, "ada")
    before = client.fetch_csrf_token()

    response = client.call("POST", "/signin", {"username": "ada", "password": PASSWORD})

    assert (response.status_code, response.json()) == (200, {"success": True})
    assert response.headers["X-Next-CSRF-Token"] != before
    assert client.get("/user/").json()["username"] == "ada"


@pytest.mark.parametrize(("username", "password"), [("ada", "wrong-horse"), ("nobody", PASSWORD)])
def test_a_failed_sign_in_never_tells_whether_the_name_exists(
    services: AccessServices, client: ApiClient, username: str, password: str
) -> None:
    add_user(services, "ada")
    response = client.sign_in(username, password)

    assert response.status_code == 403
    assert response.json() == {"needsEmailVerification": False, "invalidCredentials": True, "message": "Invalid Username or Password"}


def test_a_disabled_user_is_told_so_after_the_right_password(services: AccessServices, client: ApiClient) -> None:
    services.database.write_now(set_enabled, SYSTEM, add_user(services, "ada"), False)

    response = client.sign_in("ada")

    assert response.status_code == 403
    assert response.json()["message"] == "This user has been disabled. Please contact your administrator."


def test_signing_in_too_often_is_429_with_the_seconds_to_wait(services: AccessServices, client: ApiClient) -> None:
    add_user(services, "ada")
    for _ in range(3):
        client.sign_in("ada", "wrong-horse")

    response = client.sign_in("ada")

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "1"


def test_a_call_that_changes_something_needs_the_csrf_token(ada: ApiClient) -> None:
    for token in (None, "", "x" * 64):
        ada.csrf_token = token
        response = ada.call("POST", "/organization/", {"name": "harbour"})
        assert response.status_code == 403
        assert response.json()["message"] == "CSRF token was invalid or missing."


def test_signing_in_needs_a_session_first(services: AccessServices, client: ApiClient) -> None:
    add_user(services, "ada")

    assert client.call("POST", "/signin", {"username": "ada", "password": PASSWORD}).status_code == 403


def test_the_csrf_token_may_come_in_the_query_or_in_a_form(ada: ApiClient) -> None:
    token, ada.csrf_token = ada.csrf_token, None

    assert ada.call("POST", "/organization/", {"name": "harbour"}, params={"_csrf_token": token}).status_code == 201
    response = ada.http.post("/api/v1/signout", data={"_csrf_token": token})
    assert response.status_code == 200


def test_signing_out_ends_every_session_of_the_user(ada: ApiClient, new_client: MakeClient) -> None:
    other = new_client()
    other.sign_in("ada")

    assert ada.call("POST", "/signout").json() == {"success": True}

    assert ada.get("/user/").status_code == 401
    assert other.get("/user/").status_code == 401


def test_nobody_signed_in_gets_401_without_a_session_being_required(client: ApiClient) -> None:
    response = client.get("/user/")

    assert response.status_code == 401
    assert response.json()["error_type"] == "invalid_token"
    assert response.json()["session_required"] is False
    assert "WWW-Authenticate" in response.headers


def test_a_session_ends_after_its_time(ada: ApiClient, clock: ManualClock) -> None:
    clock.advance(days=30)
    assert ada.get("/user/").status_code == 200
    clock.advance(days=2)
    assert ada.get("/user/").status_code == 401


def test_a_disabled_user_is_signed_out_at_once(ada: ApiClient, services: AccessServices) -> None:
    bob = add_user(services, "bob")
    ada.sign_in("bob")
    services.database.write_now(set_enabled, SYSTEM, bob, False)

    assert ada.get("/user/").status_code == 401


def test_a_cookie_of_our_making_cannot_be_changed(ada: ApiClient) -> None:
    cookie = ada.http.cookies["_csrf_token"]
    ada.http.cookies.clear()

    for forged in (cookie[:-2] + "AA", "x", "\x7f", "a" * 20_000):
        response = ada.http.get("/api/v1/user/", headers={"Cookie": f"_csrf_token={forged}"})
        assert response.status_code == 401


def test_an_old_sign_in_must_be_refreshed_before_a_dangerous_call(ada: ApiClient, clock: ManualClock) -> None:
    clock.advance(seconds=601)
    response = ada.call("POST", "/user/apptoken", {"title": "laptop"})
    assert (response.status_code, response.json()["error_type"]) == (401, "fresh_login_required")
    assert ada.get("/user/apptoken").status_code == 200

    wrong = ada.call("POST", "/signin/verify", {"password": "wrong-horse"})
    assert (wrong.status_code, wrong.json()["invalidCredentials"]) == (403, True)
    verified = ada.call("POST", "/signin/verify", {"password": PASSWORD})
    assert (verified.status_code, verified.json()) == (200, {"success": True})
    assert ada.call("POST", "/user/apptoken", {"title": "laptop"}).status_code == 200


def test_an_application_token_works_over_basic_and_as_bearer_without_csrf(ada: ApiClient, new_client: MakeClient) -> None:
    code = ada.call("POST", "/user/apptoken", {"title": "laptop"}).json()["token"]["token_code"]

    for number, authorization in enumerate((basic("$app", code), f"Bearer {code}")):
        script = new_client(Authorization=authorization)
        assert script.get("/user/").json()["username"] == "ada"
        assert script.call("POST", "/organization/", {"name": f"harbour{number}"}).status_code == 201
        refused = script.call("POST", "/user/apptoken", {"title": "another"})
        assert (refused.status_code, refused.json()["error_type"]) == (401, "fresh_login_required")


def test_a_stale_bearer_token_reads_as_a_visitor_and_never_writes(services: AccessServices, new_client: MakeClient) -> None:
    client = new_client(Authorization="Bearer " + "A" * 40)

    assert client.get("/organization/nothing").status_code == 404
    response = client.call("POST", "/organization/", {"name": "harbour"})
    assert (response.status_code, response.json()["error_type"]) == (401, "invalid_token")


@pytest.mark.parametrize(
    "authorization",
    [basic("ada", PASSWORD), basic("$app", "wrong"), basic("$oauthtoken", "x"), "Basic", "Basic ????", "Basic Zm9v", "Digest x", "é"],
)
def test_other_credentials_in_the_header_are_refused(services: AccessServices, new_client: MakeClient, authorization: str) -> None:
    add_user(services, "ada")
    response = new_client().http.get("/api/v1/user/", headers=[(b"Authorization", authorization.encode("latin-1"))])

    assert (response.status_code, response.json()["error_type"]) == (401, "invalid_token")


def test_the_log_tells_of_good_and_bad_sign_ins(services: AccessServices, new_client: MakeClient) -> None:
    add_user(services, "ada")
    client = new_client(**{"User-Agent": "browser"})
    client.sign_in("ada@example.com", "wrong-horse")
    client.sign_in("nobody", "wrong-horse")
    client.sign_in("ada")

    def read(work: UnitOfWork) -> list[LogEntry]:
        return list_entries_of_namespace(work.connection, get_namespace(work, "ada").id, 2)

    success, failure = services.database.read_now(read)
    assert (success.kind, success.performer_name) == ("login_success", "ada")
    assert success.metadata == {"type": "webauth", "useragent": "browser"}
    assert (failure.kind, failure.performer_name) == ("login_failure", None)
    assert failure.metadata == {
        "type": "webauth", "username": "ada@example.com", "message": "Invalid Username or Password", "useragent": "browser",
    }  # fmt: skip


class TestWhenBrowsersMayOnlyCallByScript:
    @pytest.fixture
    def options(self) -> AccessSettings:
        return AccessSettings(browser_calls_xhr_only=True)

    def test_a_followed_link_is_refused_and_a_scripts_call_is_not(self, services: AccessServices, new_client: MakeClient) -> None:
        add_user(services, "ada")
        browser = new_client(**{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"})
        assert browser.sign_in("ada").status_code == 200

        refused = browser.get("/user/")
        assert (refused.status_code, refused.json()["message"]) == (
            400,
            "API calls must be invoked with an X-Requested-With header if called from a browser",
        )
        assert browser.get("/user/", headers={"X-Requested-With": "XMLHttpRequest"}).status_code == 200
        assert new_client(**{"User-Agent": "Ansible"}).get("/user/").status_code == 401
