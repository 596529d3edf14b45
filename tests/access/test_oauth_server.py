"""The OAuth 2 server: consent, redirects, codes, assigned tokens (api-v1/accounts, section 8.3)."""

import base64
import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx2 import Response

from pierhead.access.services import AccessServices
from pierhead.accounts.users import get_user, set_enabled
from pierhead.audit.model import SYSTEM
from pierhead.platform.clock import ManualClock
from pierhead.settings import AccessSettings
from tests.access.builders import PASSWORD, ApiClient, basic
from tests.access.conftest import Join, MakeClient, log_entries, log_kinds
from tests.access.oauth_tokens import create_application, create_token

REDIRECT = "https://app.example.com/cb"
LOCAL = "http://registry.example.com/oauth/localapp"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def application(owner: ApiClient) -> dict[str, str]:
    """An application of `harbour`."""
    return create_application(owner, redirect_uri=REDIRECT)


def asking(application: dict[str, str], **changes: str) -> dict[str, str]:
    """What the application sends the browser with."""
    return {"client_id": application["client_id"], "redirect_uri": REDIRECT, "scope": "repo:read user:read", **changes}


def authorize(client: ApiClient, fields: dict[str, str], **headers: str) -> Response:
    response: Response = client.http.get("/oauth/authorize", params=fields, headers=headers, follow_redirects=False)
    return response


def submit(client: ApiClient, fields: dict[str, str], *, path: str = "/oauth/authorizeapp", csrf: bool = True, **headers: str) -> Response:
    """Send the form of the consent page."""
    form = {**fields, "_csrf_token": client.csrf_token or ""} if csrf else fields
    response: Response = client.http.post(path, data=form, headers=headers, follow_redirects=False)
    return response


def query_of(response: Response) -> dict[str, str]:
    assert response.status_code == 302, response.text
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).query).items()}


def fragment_of(response: Response) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).fragment).items()}


def get_code(owner: ApiClient, application: dict[str, str], **changes: str) -> str:
    return query_of(submit(owner, asking(application, response_type="code", **changes)))["code"]


def exchange(client: ApiClient, application: dict[str, str], code: str, /, **changes: str) -> Response:
    fields = {
        "grant_type": "authorization_code", "client_id": application["client_id"], "client_secret": application["client_secret"],
        "redirect_uri": REDIRECT, "code": code, **changes,
    }  # fmt: skip
    response: Response = client.http.post("/oauth/access_token", data=fields)
    return response


def test_the_user_consents_and_the_application_finds_a_token_in_the_fragment(
    owner: ApiClient, application: dict[str, str], new_client: MakeClient, services: AccessServices
) -> None:
    asked = asking(application, response_type="token", state="st&te")

    page = authorize(owner, asked)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
    sent = submit(owner, {name: value.replace("&amp;", "&") for name, value in hidden.items()}, csrf=False)

    assert (page.status_code, "View all visible repositories" in page.text) == (200, True)
    assert sent.headers["Location"].startswith(f"{REDIRECT}?")
    assert query_of(sent) == {"scope": "repo:read user:read", "state": "st&te"}
    given = fragment_of(sent)
    assert (given["token_type"], given["expires_in"]) == ("Bearer", "315576000")
    assert re.search(r"access_token=(.*?)&", sent.headers["Location"])
    assert new_client(Authorization=f"Bearer {given['access_token']}").get("/user/").json()["username"] == "ada"
    assert log_kinds(services, "harbour")[-1] == "create_oauth_api_token"


def test_the_consent_page_runs_no_script_and_shows_names_as_text(owner: ApiClient) -> None:
    evil = create_application(owner, name='<script>alert("x")</script>', redirect_uri=REDIRECT)
    page = authorize(owner, asking(evil, state='"><script>'))

    assert "<script" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "form-action 'self' https://app.example.com" in policy
    assert (page.headers["Cache-Control"], page.headers["X-Frame-Options"]) == ("no-store", "DENY")


def test_who_consented_before_is_sent_back_at_once(owner: ApiClient, application: dict[str, str]) -> None:
    submit(owner, asking(application))

    again = authorize(owner, asking(application, response_type="token", scope="repo:read"))
    wider = authorize(owner, asking(application, response_type="token", scope="repo:write"))

    assert len(fragment_of(again)["access_token"]) == 40
    assert wider.status_code == 200


def test_a_user_interface_gets_the_consent_as_json(owner: ApiClient, application: dict[str, str]) -> None:
    shown = authorize(owner, asking(application, scope="repo:read org:admin", format="json", state="s")).json()

    assert [scope["scope"] for scope in shown["scopes"]] == ["repo:read", "org:admin"]
    assert shown["has_dangerous_scopes"] is True
    assert isinstance(shown["application"]["avatar"], str)
    assert (shown["csrf_token_val"], shown["response_type"], shown["state"]) == (owner.csrf_token, "code", "s")


def test_a_code_is_exchanged_once_and_the_log_names_the_user(
    owner: ApiClient, application: dict[str, str], new_client: MakeClient, services: AccessServices
) -> None:
    code = get_code(owner, application, state="s")

    first = exchange(new_client(), application, code, scope="user:read repo:read")
    second = exchange(new_client(), application, code)

    assert first.headers["Cache-Control"] == "no-store"
    assert first.json() | {"access_token": ""} == {
        "access_token": "", "token_type": "Bearer", "expires_in": 315576000, "refresh_token": None,
    }  # fmt: skip
    assert new_client(Authorization=f"Bearer {first.json()['access_token']}").get("/user/").status_code == 200
    assert (second.status_code, second.json()) == (400, {"error": "invalid_grant"})
    assert log_entries(services, "harbour")[-1].performer_name == "ada"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"client_secret": "x" * 40}, "invalid_client"),
        ({"client_id": "NOBODY"}, "invalid_client"),
        ({"redirect_uri": f"{REDIRECT}/other"}, "invalid_grant"),
        ({"code": "x" * 40}, "invalid_grant"),
        ({"scope": "repo:read"}, "invalid_scope"),
        ({"code_verifier": VERIFIER}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"code": ""}, "invalid_request"),
    ],
)
def test_an_exchange_that_does_not_fit_is_refused(
    owner: ApiClient, application: dict[str, str], change: dict[str, str], reason: str
) -> None:
    code = get_code(owner, application)
    refused = exchange(owner, application, code, **change)
    assert (refused.status_code, refused.json()) == (400, {"error": reason})
    assert exchange(owner, application, code).status_code == 200


def test_of_several_exchanges_at_once_one_gets_a_token(owner: ApiClient, application: dict[str, str]) -> None:
    code = get_code(owner, application)
    with ThreadPoolExecutor(4) as threads:
        statuses = sorted(answer.status_code for answer in threads.map(lambda _: exchange(owner, application, code), range(4)))
    assert statuses == [200, 400, 400, 400]


def test_an_application_may_show_its_secret_over_basic(owner: ApiClient, application: dict[str, str]) -> None:
    fields = {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "code": get_code(owner, application)}
    headers = {"Authorization": basic(application["client_id"], application["client_secret"])}
    assert owner.http.post("/oauth/access_token", data=fields, headers=headers).status_code == 200


def test_a_code_of_another_application_is_refused(owner: ApiClient, application: dict[str, str]) -> None:
    other = create_application(owner, redirect_uri=REDIRECT)
    assert exchange(owner, other, get_code(owner, application)).json() == {"error": "invalid_grant"}


def test_a_code_ends_after_ten_minutes(owner: ApiClient, application: dict[str, str], clock: ManualClock) -> None:
    code = get_code(owner, application)
    clock.advance(seconds=600)
    assert exchange(owner, application, code).json() == {"error": "invalid_grant"}


def test_a_code_of_a_disabled_user_is_refused(owner: ApiClient, application: dict[str, str], services: AccessServices) -> None:
    code = get_code(owner, application)
    services.database.write_now(set_enabled, SYSTEM, services.database.read_now(get_user, "ada"), False)
    assert exchange(owner, application, code).json() == {"error": "invalid_grant"}


def test_with_a_challenge_a_code_needs_its_verifier(owner: ApiClient, application: dict[str, str]) -> None:
    code = get_code(owner, application, code_challenge=CHALLENGE, code_challenge_method="S256")

    assert exchange(owner, application, code).json() == {"error": "invalid_grant"}
    assert exchange(owner, application, code, code_verifier="w" * 43).json() == {"error": "invalid_grant"}
    assert exchange(owner, application, code, code_verifier=VERIFIER).status_code == 200


@pytest.mark.parametrize("change", [{"code_challenge_method": "plain"}, {"code_challenge": "short"}, {"code_challenge_method": ""}])
def test_a_challenge_that_protects_nobody_is_refused(owner: ApiClient, application: dict[str, str], change: dict[str, str]) -> None:
    fields = asking(application, **{"code_challenge": CHALLENGE, "code_challenge_method": "S256", **change})
    assert query_of(authorize(owner, fields)) == {"error": "invalid_request"}
    assert query_of(submit(owner, {**fields, "response_type": "code"})) == {"error": "invalid_request"}


def test_an_unknown_response_type_is_refused(owner: ApiClient, application: dict[str, str]) -> None:
    assert query_of(authorize(owner, asking(application, response_type="id_token"))) == {"error": "unsupported_response_type"}


def test_a_wrong_address_leads_back_to_the_registered_one(owner: ApiClient, application: dict[str, str]) -> None:
    fields = asking(application, redirect_uri="https://evil.example.com/cb")
    for sent in (authorize(owner, fields), submit(owner, fields), submit(owner, fields, path="/oauth/denyapp")):
        assert sent.headers["Location"] == f"{REDIRECT}?error=redirect_uri_mismatch"


def test_an_application_without_an_address_leads_nowhere_but_to_the_built_in_page(owner: ApiClient) -> None:
    silent = create_application(owner)
    assert authorize(owner, asking(silent)).status_code == 400
    sent = submit(owner, asking(silent, redirect_uri=LOCAL))
    assert len(fragment_of(sent)["access_token"]) == 40


def test_strangers_and_people_without_the_right_are_sent_nowhere(application: dict[str, str], join: Join, new_client: MakeClient) -> None:
    member = join("bob", "creator")

    assert authorize(new_client(), asking(application)).status_code == 401
    assert authorize(member, asking(application)).status_code == 403
    assert submit(member, asking(application)).status_code == 403
    assert submit(new_client(), asking(application)).status_code == 401
    assert authorize(member, asking({"client_id": "NOBODY"})).status_code == 404


def test_an_unknown_scope_is_not_found(owner: ApiClient, application: dict[str, str]) -> None:
    assert authorize(owner, asking(application, scope="repo:everything")).status_code == 404
    assert authorize(owner, asking(application, scope="")).status_code == 400


@pytest.mark.parametrize("text", ["\0", "x\0y", "\r\nSet-Cookie: a=b", "é" * 300, "x" * 20_000, "%00"])
def test_whatever_is_sent_is_refused_and_nothing_breaks(owner: ApiClient, application: dict[str, str], text: str) -> None:
    for name in ("client_id", "redirect_uri", "scope", "response_type", "assignment_uuid", "code_challenge"):
        for answer in (authorize(owner, asking(application, **{name: text})), submit(owner, asking(application, **{name: text}))):
            assert answer.status_code < 500
            assert urlsplit(answer.headers.get("Location", REDIRECT)).hostname == "app.example.com"
            assert "a" not in answer.cookies
    for name in ("client_id", "client_secret", "redirect_uri", "code", "scope", "code_verifier", "grant_type"):
        fields = {"grant_type": "authorization_code", **application, "redirect_uri": REDIRECT, "code": "c", name: text}
        assert owner.http.post("/oauth/access_token", data=fields).status_code == 400
    state = query_of(submit(owner, asking(application, state=text[:5000])))["state"]
    assert state == text[:5000]


def test_the_answer_of_the_user_needs_the_csrf_token(owner: ApiClient, application: dict[str, str]) -> None:
    for path in ("/oauth/authorizeapp", "/oauth/denyapp"):
        assert submit(owner, asking(application), path=path, csrf=False).status_code == 403


def test_a_token_cannot_consent(owner: ApiClient, application: dict[str, str], new_client: MakeClient) -> None:
    token = create_token(owner, "org:admin user:admin")
    code = owner.call("POST", "/user/apptoken", {"title": "t"}).json()["token"]["token_code"]
    client = new_client()

    assert authorize(client, asking(application), Authorization=f"Bearer {token}").status_code == 401
    assert authorize(client, asking(application), Authorization=basic("$oauthtoken", token)).status_code == 403
    assert authorize(client, asking(application), Authorization=basic("$app", code)).status_code == 403


def test_a_password_over_basic_shows_the_page_but_does_not_consent(
    owner: ApiClient, application: dict[str, str], new_client: MakeClient
) -> None:
    client = new_client()
    assert authorize(client, asking(application), Authorization=basic("ada", PASSWORD)).status_code == 200
    assert submit(client, asking(application), Authorization=basic("ada", PASSWORD)).status_code == 403
    assert authorize(client, asking(application), Authorization=basic("ada", "wrong-horse")).status_code == 401


class TestWithAnApplicationThatScriptsUse:
    @pytest.fixture
    def options(self) -> AccessSettings:
        return AccessSettings(direct_oauth_clients=("SCRIPT",))

    def test_a_password_over_basic_consents(self, owner: ApiClient, new_client: MakeClient) -> None:
        # The client id is drawn, so that only the guard can be seen here: it lets the call through to an application that is not there.
        shown = basic("ada", PASSWORD)
        assert submit(new_client(), asking({"client_id": "SCRIPT"}), Authorization=shown).status_code == 404
        assert submit(new_client(), asking({"client_id": "OTHER"}), Authorization=shown).status_code == 403


def test_the_user_does_not_consent(owner: ApiClient, application: dict[str, str]) -> None:
    sent = submit(owner, asking(application, state="s"), path="/oauth/denyapp")
    assert query_of(sent) == {"error": "authorization_denied", "state": "s"}


def test_the_built_in_page_shows_the_token_by_a_script_of_its_own(client: ApiClient) -> None:
    page = client.http.get("/oauth/localapp?scope=repo:read")

    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert '<script src="/oauth/localapp.js"></script>' in page.text
    assert "access_token" in client.http.get("/oauth/localapp.js").text
    assert "Authorization canceled" in client.http.get("/oauth/localapp").text
    assert client.http.get("/oauth/localapp?scope=x&format=json&access_token=t").json() == {"access_token": "t"}


def assign(owner: ApiClient, application: dict[str, str], username: str, **changes: str) -> Response:
    fields = asking(application, response_type="token", username=username, format="json", **changes)
    headers = {"X-CSRF-Token": owner.csrf_token or ""}
    response: Response = owner.http.post("/oauth/authorize/assignuser", params=fields, headers=headers, follow_redirects=False)
    return response


def list_assigned(client: ApiClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/user/assignedauthorization").json()["authorizations"]
    return found


def test_an_assigned_user_gets_one_token(
    owner: ApiClient, application: dict[str, str], join: Join, new_client: MakeClient, services: AccessServices
) -> None:
    bob = join("bob", "member")

    assert assign(owner, application, "bob").json() == {"message": "Token assigned successfully"}
    (assigned,) = list_assigned(bob)
    own = assigned["application"]
    assert (own["clientId"], own["redirectUri"], own["responseType"]) == (application["client_id"], REDIRECT, "token")
    asked = asking(application, response_type="token", assignment_uuid=assigned["uuid"])
    assert authorize(bob, asked).status_code == 200
    assert authorize(bob, {**asked, "scope": "repo:admin"}).status_code == 403
    assert authorize(bob, {**asked, "redirect_uri": LOCAL}).status_code == 403
    given = fragment_of(submit(bob, asked))["access_token"]

    assert new_client(Authorization=f"Bearer {given}").get("/user/").json()["username"] == "bob"
    assert list_assigned(bob) == []
    assert submit(bob, asked).status_code == 403
    assert "oauth_token_assigned" in log_kinds(services, "harbour")


def test_of_several_consents_at_once_one_gets_the_assigned_token(owner: ApiClient, application: dict[str, str], join: Join) -> None:
    bob = join("bob", "member")
    assign(owner, application, "bob")
    asked = asking(application, response_type="token", assignment_uuid=list_assigned(bob)[0]["uuid"])

    with ThreadPoolExecutor(4) as threads:
        statuses = sorted(answer.status_code for answer in threads.map(lambda _: submit(bob, asked), range(4)))

    assert statuses == [302, 403, 403, 403]


def test_a_user_declines_an_assigned_token(owner: ApiClient, application: dict[str, str], join: Join) -> None:
    bob, carol = join("bob", "member"), join("carol", "creator")
    assign(owner, application, "bob")
    path = f"/user/assignedauthorization/{list_assigned(bob)[0]['uuid']}"

    assert carol.call("DELETE", path).status_code == 404
    assert bob.call("DELETE", path).status_code == 204
    assert list_assigned(bob) == []


def test_only_admins_assign_tokens_and_only_to_users(owner: ApiClient, application: dict[str, str], join: Join) -> None:
    bob = join("bob", "member")

    assert assign(bob, application, "ada").status_code == 403
    assert assign(owner, application, "nobody").status_code == 404
    assert assign(owner, application, "harbour").status_code == 404
    assert assign(owner, {"client_id": "NOBODY"}, "bob").status_code == 404
    assert assign(owner, application, "bob", redirect_uri="https://evil.example.com/").status_code == 302
    assert list_assigned(bob) == []


class TestWithoutAssignedTokens:
    @pytest.fixture
    def options(self) -> AccessSettings:
        return AccessSettings(assign_oauth_tokens=False)

    def test_the_calls_are_not_there(self, owner: ApiClient) -> None:
        application = create_application(owner, redirect_uri=REDIRECT)
        assert assign(owner, application, "ada").status_code == 404
        assert owner.get("/user/assignedauthorization").status_code == 404
        assert owner.call("DELETE", "/user/assignedauthorization/x").status_code == 404
        assert owner.http.get("/config").json()["features"]["ASSIGN_OAUTH_TOKEN"] is False
