"""OAuth tokens at `docker login` (`$oauthtoken`) and on the API of repositories: scopes cap what their user may do (api-v1, 4.4 and 4.5)."""

import base64
import json
from dataclasses import dataclass, replace

import pytest

from tests.registry.client import Client, basic
from tests.registry.people import People
from tests.repositories.api import call, create, get, read_log

ALONE = ["repo:read", "repo:write", "repo:admin", "repo:create", "user:read", "user:admin", "org:admin"]


@dataclass(frozen=True, slots=True)
class Holder:
    """A user, an organization of the user's with an OAuth application, and clients that show its tokens."""

    user: Client
    organization: str
    client_id: str

    @property
    def path(self) -> str:
        return f"/organization/{self.organization}/applications/{self.client_id}/tokens"

    def token(self, scopes: str) -> dict[str, str]:
        answer = call(self.user, "POST", self.path, {"name": "test", "scope": scopes})
        assert answer.status == 200, answer
        made: dict[str, str] = answer.json
        return made

    def login(self, scopes: str) -> Client:
        """A client that shows a new token as `docker login` does."""
        return replace(self.user, authorization=basic("$oauthtoken", self.token(scopes)["token"]))

    def bearer(self, scopes: str) -> Client:
        """A client that shows a new token to the API."""
        return replace(self.user, authorization=f"Bearer {self.token(scopes)['token']}")


@pytest.fixture
def holder(people: People) -> Holder:
    user = people.user()
    organization = people.organization(user)
    client_id = call(user, "POST", f"/organization/{organization}/applications", {"name": "crane"}).json["client_id"]
    return Holder(user, organization, client_id)


def granted(client: Client, repository: str) -> set[str]:
    """What a bearer token for the repository holds when everything is asked for."""
    payload = client.ask_token(f"repository:{repository}:pull,push,*").json["token"].split(".")[1]
    (entry,) = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["access"]
    return set(entry["actions"])


@pytest.mark.parametrize(
    ("scopes", "actions"),
    [
        ("repo:read", {"pull"}),
        ("repo:write", {"pull", "push"}),
        ("repo:admin", {"pull", "push", "*"}),
        ("repo:create", set()),
        ("user:admin", set()),
        ("org:admin", set()),
        ("org:admin repo:read", {"pull"}),
    ],
)
def test_scopes_cap_pulls_and_pushes(people: People, holder: Holder, scopes: str, actions: set[str]) -> None:
    repository = people.repository(holder.user)
    image = holder.user.push_image(repository, "v1")
    client = holder.login(scopes)

    assert granted(client, repository) == actions
    for shown in (client, client.bearing(f"repository:{repository}:pull,push")):
        assert (shown.pull(repository, "v1").status == 200) == ("pull" in actions)
        assert (shown.push_manifest(repository, "v2", image.content, image.media_type).status == 201) == ("push" in actions)


@pytest.mark.parametrize("scopes", ALONE)
def test_every_token_reads_what_everybody_may_read(people: People, holder: Holder, scopes: str) -> None:
    repository = people.repository(holder.user, public=True)
    holder.user.push_image(repository, "v1")

    assert holder.login(scopes).pull(repository, "v1").status == 200
    assert call(holder.bearer(scopes), "GET", f"/repository/{repository}").status == 200


@pytest.mark.parametrize(("scopes", "may"), [("repo:create", True), ("org:admin", True), ("repo:admin", False), ("repo:write", False)])
def test_only_tokens_that_may_create_push_to_a_new_repository(holder: Holder, scopes: str, may: bool) -> None:
    name = f"{holder.organization}/new"
    token = holder.login(scopes).bearing(f"repository:{name}:pull,push")
    assert (token.call("POST", f"/v2/{name}/blobs/uploads/").status == 202) == may


def test_a_user_whose_rights_are_less_than_the_scopes_gets_no_more(people: People, holder: Holder) -> None:
    foreign = people.repository(people.user("bob"))
    people.grant(foreign, holder.user, "read")
    assert granted(holder.login("repo:admin"), foreign) == {"pull"}


def test_a_bearer_token_of_a_narrow_login_opens_no_other_repository(people: People, holder: Holder) -> None:
    secret, target = people.repository(holder.user), f"{holder.organization}/target"
    digest = holder.user.push_blob(secret, b"secret content")
    scopes = (f"repository:{target}:pull,push", "registry:catalog:*")
    narrow, wide = (holder.login(words).bearing(*scopes) for words in ("repo:create", "repo:create repo:read"))

    mounts = [client.call("POST", f"/v2/{target}/blobs/uploads/?mount={digest}&from={secret}").status for client in (narrow, wide)]

    assert mounts == [202, 201]
    assert secret not in narrow.call("GET", "/v2/_catalog?n=1000").json["repositories"]
    assert secret in wide.call("GET", "/v2/_catalog?n=1000").json["repositories"]


def test_a_revoked_token_logs_in_no_more(people: People, holder: Holder) -> None:
    repository = people.repository(holder.user)
    made = holder.token("repo:read")
    client = replace(holder.user, authorization=basic("$oauthtoken", made["token"]))
    bearer = client.bearing(f"repository:{repository}:pull")
    assert client.tags(repository).status == bearer.tags(repository).status == 200

    assert call(holder.user, "DELETE", f"{holder.path}/{made['uuid']}").status == 204

    # What was given for the token ends with it, however long it was to live.
    assert client.tags(repository).status == bearer.tags(repository).status == 401
    assert client.ask_token(f"repository:{repository}:pull").status == 401


def test_the_token_of_a_disabled_user_logs_in_no_more(people: People, holder: Holder) -> None:
    repository = people.repository(holder.user)
    client = holder.login("repo:read")
    bearer = client.bearing(f"repository:{repository}:pull")
    people.disable(holder.user.name)
    assert client.ask_token().status == bearer.tags(repository).status == 401


def test_the_claims_tell_of_the_token(holder: Holder) -> None:
    payload = holder.login("repo:read user:read").ask_token("repository:foreign/app:pull").json["token"].split(".")[1]
    context = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["context"]
    assert (context["entity_kind"], context["kind"], context["user"]) == ("oauthtoken", "oauth", holder.user.name)
    assert context["scopes"] == "repo:read user:read"


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        ("repo:read", {"read"}),
        ("repo:write", {"read", "describe"}),
        ("repo:admin", {"read", "describe", "permissions", "publish"}),
        ("repo:create", {"create"}),
        ("org:admin", {"create", "defaults"}),
        ("user:admin", set()),
        ("user:read", set()),
    ],
)
def test_scopes_cap_what_may_be_done_with_repositories(people: People, holder: Holder, scopes: str, allowed: set[str]) -> None:
    name = f"{holder.organization}/app"
    assert create(holder.user, "app", namespace=holder.organization).status == 201
    client = holder.bearer(scopes)
    answers = {
        "read": call(client, "GET", f"/repository/{name}"),
        "describe": call(client, "PUT", f"/repository/{name}", {"description": "Lifts"}),
        "permissions": call(client, "GET", f"/repository/{name}/permissions/user/"),
        "publish": call(client, "POST", f"/repository/{name}/changevisibility", {"visibility": "private"}),
        "create": create(client, "other", namespace=holder.organization),
        "defaults": call(client, "GET", f"/organization/{holder.organization}/prototypes"),
    }

    assert {word for word, answer in answers.items() if answer.status < 300} == allowed
    # A member of the organization may know that a repository is not there, and these are: nothing but a refusal is left.
    assert {answer.status for word, answer in answers.items() if word not in allowed} <= {403}


def test_lists_and_searches_show_only_what_the_token_may_read(people: People, holder: Holder) -> None:
    repository = people.repository(holder.user)
    short = repository.partition("/")[2]
    blind, seeing = holder.bearer("repo:create"), holder.bearer("repo:read")

    def names(client: Client, path: str, key: str) -> set[str]:
        return {item["name"] for item in get(client, path)[key]}

    for path, key in (
        (f"/repository?namespace={holder.user.name}", "repositories"),
        (f"/find/repositories?query={short}", "results"),
        (f"/find/all?query={short}", "results"),
    ):
        assert short in names(seeing, path, key)
        assert short not in names(blind, path, key)


def test_stars_need_the_right_to_act_as_the_user(people: People, holder: Holder) -> None:
    repository = people.repository(holder.user)
    namespace, _, short = repository.partition("/")
    star = {"namespace": namespace, "repository": short}

    assert call(holder.bearer("repo:read"), "POST", "/user/starred", star).status == 403
    assert call(holder.bearer("user:admin"), "POST", "/user/starred", star).status == 404
    both = holder.bearer("user:admin repo:read")
    assert call(both, "POST", "/user/starred", star).status == 201
    assert get(both, "/user/starred")["repositories"][0]["name"] == short


def test_a_superuser_is_one_by_a_token_of_that_scope_only(people: People) -> None:
    user = people.user(is_superuser=True)
    organization = people.organization(user)
    client_id = call(user, "POST", f"/organization/{organization}/applications", {"name": "crane"}).json["client_id"]
    holder = Holder(user, organization, client_id)

    others = " ".join(ALONE)
    assert call(holder.bearer("super:user"), "GET", "/superuser/users/").status == 200
    assert call(holder.bearer(others), "GET", "/superuser/users/").status == 403
    assert call(holder.bearer("super:user"), "GET", f"/organization/{organization}/members").status == 403


def test_dangerous_calls_pass_with_an_oauth_token_and_not_with_an_application_token(holder: Holder) -> None:
    assert call(holder.user, "DELETE", f"/organization/{holder.organization}").json["title"] == "fresh_login_required"
    assert call(holder.bearer("repo:admin"), "DELETE", f"/organization/{holder.organization}").status == 403
    assert call(holder.bearer("org:admin"), "DELETE", f"/organization/{holder.organization}").status == 204


def test_the_log_tells_by_which_token_something_was_done(people: People, holder: Holder) -> None:
    repository = people.repository(holder.user)
    made = holder.token("repo:write")
    client = replace(holder.user, authorization=basic("$oauthtoken", made["token"]))
    image = client.push_image(repository, "v1")
    client.bearing(f"repository:{repository}:pull,push").push_manifest(repository, "v2", image.content, image.media_type)

    pushes = read_log(people, holder.user.name, "push_repo")

    assert [entry.performer_name for entry in pushes] == [holder.user.name] * 2
    assert [entry.metadata["oauth_token_id"] for entry in pushes] == [made["uuid"]] * 2
