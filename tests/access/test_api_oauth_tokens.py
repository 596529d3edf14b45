"""OAuth applications, their tokens, and what a token of each scope may do (api-v1, section 4.4; accounts, section 8)."""

import pytest

from pierhead.access.services import AccessServices
from pierhead.accounts.users import get_user, set_enabled
from pierhead.audit.model import SYSTEM
from pierhead.platform.clock import ManualClock
from tests.access.builders import ApiClient, basic
from tests.access.conftest import Join, MakeClient, log_kinds
from tests.access.oauth_tokens import create_application, create_token, mint_token

EVERY_SCOPE = "repo:read repo:write repo:admin repo:create user:read user:admin org:admin"
APPLICATIONS = "/organization/harbour/applications"


def bearer(new_client: MakeClient, token: str) -> ApiClient:
    """A client that shows a token and nothing else."""
    return new_client(Authorization=f"Bearer {token}")


def test_an_application_is_created_shown_changed_and_deleted(owner: ApiClient, services: AccessServices) -> None:
    made = create_application(owner, redirect_uri="https://app.example.com/cb", description="Lifts", avatar_email="app@example.com")
    path = f"{APPLICATIONS}/{made['client_id']}"
    changes = {"name": "winch", "redirect_uri": "https://app.example.com/", "application_uri": "https://app.example.com"}

    assert (len(made["client_id"]), len(made["client_secret"])) == (20, 40)
    assert owner.get(path).json() == made
    assert owner.get(APPLICATIONS).json() == {"applications": [made]}
    changed = owner.call("PUT", path, changes).json()
    assert changed == made | changes | {"description": "", "avatar_email": None}
    renewed = owner.call("POST", f"{path}/resetclientsecret").json()
    assert renewed["client_secret"] != made["client_secret"]
    assert owner.call("DELETE", path).status_code == 204
    assert owner.get(path).status_code == 404
    assert log_kinds(services, "harbour")[-4:] == [
        "create_application", "update_application", "reset_application_client_secret", "delete_application",
    ]  # fmt: skip


def test_everybody_may_see_what_an_application_is_but_not_its_secret(owner: ApiClient, new_client: MakeClient) -> None:
    made = create_application(owner, application_uri="https://app.example.com")

    shown = new_client().get(f"/app/{made['client_id']}").json()

    assert (shown["name"], shown["uri"], shown["organization"]["name"]) == ("crane", "https://app.example.com", "harbour")
    assert made["client_secret"] not in str(shown)
    assert new_client().get("/app/nothing").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "ftp://app.example.com", "https://me@app.example.com/", "https://app.example.com/a/../b", "//app.example.com"],
)
def test_an_application_cannot_register_an_address_that_is_none(owner: ApiClient, address: str) -> None:
    assert owner.call("POST", APPLICATIONS, {"name": "crane", "redirect_uri": address}).status_code == 400


def test_members_and_strangers_see_neither_applications_nor_tokens(owner: ApiClient, join: Join, new_client: MakeClient) -> None:
    client_id = create_application(owner)["client_id"]
    member = join("bob", "creator")

    for path in (APPLICATIONS, f"{APPLICATIONS}/{client_id}", f"{APPLICATIONS}/{client_id}/tokens"):
        assert member.get(path).status_code == 403
        assert new_client().get(path).status_code == 401
    assert member.call("POST", f"{APPLICATIONS}/{client_id}/tokens", {"name": "x", "scope": "repo:read"}).status_code == 403


def test_an_application_of_another_organization_is_not_found(owner: ApiClient) -> None:
    client_id = create_application(owner)["client_id"]
    owner.call("POST", "/organization/", {"name": "quay"})

    assert owner.get(f"/organization/quay/applications/{client_id}").status_code == 404
    assert owner.call("DELETE", f"/organization/quay/applications/{client_id}").status_code == 404


def test_a_token_is_shown_once_and_listed_without_its_secret(owner: ApiClient, services: AccessServices) -> None:
    client_id = create_application(owner)["client_id"]
    made = mint_token(owner, client_id, "repo:write,repo:read", name="ci", expiration=3600)

    listed = owner.get(f"{APPLICATIONS}/{client_id}/tokens").json()["tokens"]

    assert len(made["token"]) == 40
    assert listed == [{key: value for key, value in made.items() if key != "token"}]
    assert (made["name"], made["scope"], made["created_by"]) == ("ci", "repo:read repo:write", "ada")
    assert made["expires_at"].endswith("Z")
    assert log_kinds(services, "harbour")[-1] == "create_oauth_api_token"


def test_tokens_are_listed_in_pages(owner: ApiClient) -> None:
    client_id = create_application(owner)["client_id"]
    made = [mint_token(owner, client_id, "repo:read", name=f"token {number}")["uuid"] for number in range(51)]

    first = owner.get(f"{APPLICATIONS}/{client_id}/tokens").json()
    second = owner.get(f"{APPLICATIONS}/{client_id}/tokens?next_page={first['next_page']}").json()

    assert [token["uuid"] for token in (*first["tokens"], *second["tokens"])] == made
    assert "next_page" not in second


@pytest.mark.parametrize(
    "change",
    [{"scope": "repo:read repo:everything"}, {"scope": ""}, {"name": ""}, {"expiration": 0}, {"expiration": 315_576_001}, {"scope": "direct_user_login"}],
)  # fmt: skip
def test_a_token_that_breaks_a_rule_is_refused(owner: ApiClient, change: dict[str, object]) -> None:
    client_id = create_application(owner)["client_id"]
    body = {"name": "ci", "scope": "repo:read", **change}
    assert owner.call("POST", f"{APPLICATIONS}/{client_id}/tokens", body).status_code == 400


def test_nobody_gives_a_token_more_than_they_hold(owner: ApiClient, new_client: MakeClient) -> None:
    client_id = create_application(owner)["client_id"]
    narrow = bearer(new_client, mint_token(owner, client_id, "org:admin repo:read")["token"])
    tokens = f"{APPLICATIONS}/{client_id}/tokens"

    assert owner.call("POST", tokens, {"name": "x", "scope": "super:user"}).status_code == 403
    assert narrow.call("POST", tokens, {"name": "x", "scope": "repo:read"}).status_code == 200
    assert narrow.call("POST", tokens, {"name": "x", "scope": "repo:write"}).status_code == 403


def test_a_revoked_token_dies_at_once(owner: ApiClient, new_client: MakeClient) -> None:
    client_id = create_application(owner)["client_id"]
    made = mint_token(owner, client_id, EVERY_SCOPE)
    script = bearer(new_client, made["token"])
    assert script.get("/user/").json()["username"] == "ada"

    assert owner.call("DELETE", f"{APPLICATIONS}/{client_id}/tokens/{made['uuid']}").status_code == 204

    assert script.get("/user/").status_code == 401
    assert script.call("POST", "/organization/", {"name": "other"}).status_code == 401
    assert owner.call("DELETE", f"{APPLICATIONS}/{client_id}/tokens/{made['uuid']}").status_code == 404


def test_the_tokens_of_a_deleted_application_or_organization_die_at_once(owner: ApiClient, new_client: MakeClient) -> None:
    first, second = (create_application(owner)["client_id"] for _ in range(2))
    scripts = [bearer(new_client, mint_token(owner, client_id, EVERY_SCOPE)["token"]) for client_id in (first, second)]

    assert owner.call("DELETE", f"{APPLICATIONS}/{first}").status_code == 204
    assert [script.get("/user/").status_code for script in scripts] == [401, 200]
    # A call that needs a fresh sign-in passes with a token.
    assert scripts[1].call("DELETE", "/organization/harbour").status_code == 204
    assert scripts[1].get("/user/").status_code == 401


def test_an_expired_token_is_refused(owner: ApiClient, new_client: MakeClient, clock: ManualClock) -> None:
    script = bearer(new_client, create_token(owner, EVERY_SCOPE, expiration=60))
    clock.advance(seconds=59)
    assert script.get("/user/").status_code == 200
    clock.advance(seconds=1)
    assert script.get("/user/").status_code == 401


def test_the_tokens_of_a_disabled_user_are_refused_at_once(owner: ApiClient, new_client: MakeClient, services: AccessServices) -> None:
    script = bearer(new_client, create_token(owner, EVERY_SCOPE))
    ada = services.database.read_now(get_user, "ada")

    services.database.write_now(set_enabled, SYSTEM, ada, False)
    assert script.get("/user/").status_code == 401
    services.database.write_now(set_enabled, SYSTEM, ada, True)
    assert script.get("/user/").status_code == 200


def test_an_unknown_token_sees_what_visitors_see_and_changes_nothing(owner: ApiClient, new_client: MakeClient) -> None:
    script = bearer(new_client, "x" * 40)
    assert script.get("/organization/harbour").status_code == 200
    assert script.call("POST", "/organization/", {"name": "other"}).status_code == 401


def test_a_token_works_over_basic_too(owner: ApiClient, new_client: MakeClient) -> None:
    token = create_token(owner, "user:read")
    client = new_client(Authorization=basic("$oauthtoken", token))
    assert client.get("/user/").json()["username"] == "ada"
    assert new_client(Authorization=basic("$oauthtoken", "x" * 40)).get("/user/").status_code == 401


ROBOTS = "/organization/harbour/robots/tug"
CALLS = {
    "read_user": ("GET", "/user/", None),
    "own_logs": ("GET", "/user/apptoken", None),
    "change_user": ("PUT", "/user/", {"company": "Harbour"}),
    "own_robot": ("PUT", "/user/robots/tug", {}),
    "create_organization": ("POST", "/organization/", {"name": "other"}),
    "robot": ("PUT", ROBOTS, {}),
    "team": ("PUT", "/organization/harbour/team/crew", {"role": "member"}),
    "members": ("GET", "/organization/harbour/members", None),
}
ALLOWED = {
    "repo:read": set(),
    "repo:write": set(),
    "repo:admin": set(),
    "repo:create": set(),
    "user:read": {"read_user"},
    "user:admin": {"read_user", "own_logs", "change_user", "own_robot", "create_organization"},
    "org:admin": {"robot", "team", "members"},
    "repo:admin,org:admin": {"robot", "team", "members"},
}  # fmt: skip


@pytest.mark.parametrize("scope", ALLOWED)
def test_a_token_of_a_scope_may_do_this_and_nothing_else(owner: ApiClient, new_client: MakeClient, scope: str) -> None:
    script = bearer(new_client, create_token(owner, scope))
    statuses = {name: script.call(method, path, body).status_code for name, (method, path, body) in CALLS.items()}

    assert {name for name, status in statuses.items() if status < 300} == ALLOWED[scope]
    assert set(statuses.values()) <= {200, 201, 401, 403}


def test_only_a_token_that_may_create_or_administer_is_a_member_of_the_organization(owner: ApiClient, new_client: MakeClient) -> None:
    views = {
        scope: bearer(new_client, create_token(owner, scope)).get("/organization/harbour").json()
        for scope in ("repo:admin", "repo:create", "org:admin")
    }
    assert [(view["is_member"], view["is_admin"]) for view in views.values()] == [(False, False), (True, False), (True, True)]


def test_a_token_that_may_read_the_user_shows_no_address(owner: ApiClient, new_client: MakeClient) -> None:
    view = bearer(new_client, create_token(owner, "user:read")).get("/user/").json()
    assert set(view) == {"anonymous", "username", "avatar", "organizations"}
    assert set(view["organizations"][0]) == {"name", "avatar", "can_create_repo", "public"}


def test_a_user_sees_and_revokes_what_applications_were_given(owner: ApiClient, new_client: MakeClient, services: AccessServices) -> None:
    script = bearer(new_client, create_token(owner, "user:read"))

    (shown,) = owner.get("/user/authorizations").json()["authorizations"]
    path = f"/user/authorizations/{shown['uuid']}"

    assert (shown["application"]["name"], shown["application"]["organization"]["name"]) == ("crane", "harbour")
    assert [scope["scope"] for scope in shown["scopes"]] == ["user:read"]
    assert owner.get(path).json() == shown
    assert owner.call("DELETE", path).status_code == 204
    assert owner.get(path).status_code == 404
    assert script.get("/user/").status_code == 401
    assert log_kinds(services, "ada")[-1] == "oauth_token_revoked"


def test_nobody_sees_or_revokes_what_somebody_else_gave(owner: ApiClient, join: Join) -> None:
    create_token(owner, "user:read")
    (shown,) = owner.get("/user/authorizations").json()["authorizations"]
    bob = join("bob", "admin")

    assert bob.get("/user/authorizations").json() == {"authorizations": []}
    assert bob.get(f"/user/authorizations/{shown['uuid']}").status_code == 404
    assert bob.call("DELETE", f"/user/authorizations/{shown['uuid']}").status_code == 404


def test_a_token_does_what_its_user_may_do_now(owner: ApiClient, join: Join, new_client: MakeClient) -> None:
    bob = join("bob", "admin")
    script = bearer(new_client, create_token(bob, "org:admin"))
    assert script.get("/organization/harbour/members").status_code == 200

    owner.call("DELETE", "/organization/harbour/team/admins/members/bob")

    assert script.get("/organization/harbour/members").status_code == 403


def test_the_tokens_of_a_deleted_user_die_at_once(join: Join, new_client: MakeClient) -> None:
    bob = join("bob", "admin")
    script = bearer(new_client, create_token(bob, "user:admin"))

    assert script.call("DELETE", "/user/").status_code == 204
    assert script.get("/user/").status_code == 401
