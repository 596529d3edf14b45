"""`/v2/auth`: what a token holds and who gets one (registry-protocol 3)."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from pierhead.platform.clock import ManualClock
from pierhead.repositories.model import RepositoryKind, RepositoryState
from tests.registry.client import HOST, Answer, Client, basic
from tests.registry.conftest import NewServer
from tests.registry.people import People


def read_claims(answer: Answer) -> dict[str, Any]:
    payload = answer.json["token"].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def granted(answer: Answer) -> dict[str, list[str]]:
    """Actions by repository."""
    assert answer.status == 200, answer
    return {entry["name"]: entry["actions"] for entry in read_claims(answer)["access"]}


def post_form(client: Client, **fields: Any) -> Answer:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return client.call("POST", "/v2/auth", body=urlencode(fields, doseq=True).encode(), headers=headers)


def test_the_answer_has_both_names_of_the_token_its_life_and_its_birth(owner: Client, clock: ManualClock) -> None:
    """Registry-protocol 3.3."""
    answer = owner.ask_token(f"repository:{owner.name}/app:pull")

    assert answer["cache-control"] == "no-store"
    assert set(answer.json) == {"token", "access_token", "expires_in", "issued_at"}
    assert answer.json["token"] == answer.json["access_token"]
    assert answer.json["expires_in"] == 3600
    assert answer.json["issued_at"] == clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_claims_say_who_for_whom_and_what_was_asked(owner: Client) -> None:
    claims = read_claims(owner.ask_token(f"repository:{owner.name}/app:pull", "repository:foreign/app:pull,push"))

    assert (claims["iss"], claims["aud"], claims["sub"], claims["exp"] - claims["iat"]) == ("pierhead", HOST, owner.name, 3600)
    assert claims["context"]["requested"] == [
        {"name": f"{owner.name}/app", "actions": ["pull"]},
        {"name": "foreign/app", "actions": ["pull", "push"]},
    ]


def test_a_post_form_gets_the_same_token_and_no_refresh_token(people: People, anonymous: Client, owner: Client, repository: str) -> None:
    robot = people.robot(owner.name)
    people.grant(repository, robot, "write")
    assert robot.authorization is not None
    username, _, password = base64.b64decode(robot.authorization.removeprefix("Basic ")).decode().partition(":")
    answer = post_form(
        anonymous, grant_type="password", service=HOST, client_id="docker", username=username, password=password,
        scope=[f"repository:{repository}:pull", "repository:foreign/app:push"],
    )  # fmt: skip

    assert granted(answer) == {repository: ["pull", "push"], "foreign/app": []}
    assert "refresh_token" not in answer.json


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400),
        ({}, 401),
        ({"grant_type": "password"}, 401),
        ({"grant_type": "password", "username": "nobody", "password": "x"}, 401),
        ({"grant_type": "password", "username": "n", "password": "x" * 70_000}, 413),
    ],
)
def test_a_form_without_good_credentials_gets_no_token(anonymous: Client, fields: dict[str, str], status: int) -> None:
    assert post_form(anonymous, **fields).status == status


def test_a_form_that_is_no_text_is_refused(anonymous: Client) -> None:
    answer = anonymous.call("POST", "/v2/auth", body=b"\xff\xfe=1&a=%ff")

    assert answer.status in (400, 401)


def test_rights_are_cut_down_and_never_refused(people: People, owner: Client, repository: str) -> None:
    """Registry-protocol 3.2: the token holds only the actions granted, possibly none."""
    reader, writer, stranger = people.user("reader"), people.user("writer"), people.user("stranger")
    people.grant(repository, reader, "read")
    people.grant(repository, writer, "write")
    scope = f"repository:{repository}:pull,push,*"

    assert granted(owner.ask_token(scope)) == {repository: ["*", "pull", "push"]}
    assert granted(writer.ask_token(scope)) == {repository: ["pull", "push"]}
    assert granted(reader.ask_token(scope)) == {repository: ["pull"]}
    assert granted(stranger.ask_token(scope)) == {repository: []}
    people.make_public(repository)
    assert granted(stranger.ask_token(scope)) == {repository: ["pull"]}


def test_pull_carries_push_for_whoever_may_push(people: People, owner: Client, repository: str) -> None:
    """Clients such as ORAS's Python library push with the first token they were given."""
    assert granted(owner.ask_token(f"repository:{repository}:pull")) == {repository: ["pull", "push"]}


def test_nobody_gets_an_anonymous_token_with_what_is_public(people: People, anonymous: Client, owner: Client, repository: str) -> None:
    public = people.repository(owner, public=True)
    answer = anonymous.ask_token(f"repository:{public}:pull,push", f"repository:{repository}:pull")

    assert granted(answer) == {public: ["pull"], repository: []}
    assert read_claims(answer)["sub"] == "(anonymous)"


@pytest.mark.parametrize("scopes", [(), ("",)])
def test_nobody_without_a_scope_gets_no_token(anonymous: Client, scopes: tuple[str, ...]) -> None:
    assert (anonymous.ask_token(*scopes).status, anonymous.ask_token(*scopes).codes) == (401, ["UNAUTHORIZED"])


def test_an_empty_scope_is_skipped_with_good_credentials(owner: Client) -> None:
    assert granted(owner.ask_token("")) == {}


def test_wrong_credentials_never_become_an_anonymous_token(people: People, anonymous: Client, owner: Client) -> None:
    public = people.repository(owner, public=True)
    for authorization in (basic("nobody", "x"), "Basic ???", "Bearer x"):
        answer = anonymous.ask_token(f"repository:{public}:pull", headers={"authorization": authorization})
        assert (answer.status, answer.codes) == (401, ["UNAUTHORIZED"])


def test_the_service_must_be_ours_or_empty(owner: Client) -> None:
    for service, status in ((HOST, 200), (HOST.upper(), 200), ("", 200), ("elsewhere.example.org", 400)):
        assert owner.call("GET", f"/v2/auth?service={service}").status == status


@pytest.mark.parametrize(
    "scope",
    [
        "repository:a/b:pull:push",
        "repository:a/b",
        "repository:a/b:",
        "repository::pull",
        "repository:/a:pull",
        "repository:a//b:pull",
        "repository:a/b:pull,",
        "repository:a/b:fly",
        "registry:catalog:pull",
        "plugin:a/b:pull",
        "repository:\u00e9/b:pull",
        "nonsense",
        f"repository:{'a' * 600}:pull",
        " ".join(f"repository:a/b{number}:pull" for number in range(101)),
    ],
)
def test_a_scope_that_is_none_is_refused(owner: Client, scope: str) -> None:
    answer = owner.ask_token(scope)

    assert (answer.status, answer.codes) == (400, ["INVALID_REQUEST"])
    assert answer.errors[0]["message"].startswith("Unable to decode repository and actions: ")


def test_one_parameter_may_hold_several_scopes(owner: Client) -> None:
    name = owner.name
    answer = owner.ask_token(f"repository:{name}/a:pull repository:{name}/b:delete", f"repository:{name}/a:push registry:catalog:*")

    assert granted(answer) == {f"{name}/a": ["pull", "push"], f"{name}/b": ["pull", "push"]}


def test_our_host_in_front_of_a_name_changes_nothing(owner: Client, repository: str) -> None:
    answer = owner.ask_token(f"repository:{HOST}/{repository}:pull")

    assert repository in {name.removeprefix(f"{HOST}/") for name in granted(answer)}
    headers = {"authorization": f"Bearer {answer.json['token']}"}
    assert Client(owner.server).tags(repository).status == 401
    assert Client(owner.server).call("GET", f"/v2/{repository}/tags/list", headers=headers).status == 200


def test_a_namespace_that_does_not_exist_gives_no_action(owner: Client) -> None:
    assert granted(owner.ask_token("repository:missing-namespace/app:pull,push,*")) == {"missing-namespace/app": []}


def test_whoever_may_create_the_repository_gets_pull_and_push_without_creating_it(owner: Client) -> None:
    """Specification S1.11: asking for a token leaves no empty repository behind."""
    name = f"{owner.name}/not-yet"

    assert granted(owner.ask_token(f"repository:{name}:push")) == {name: ["pull", "push"]}
    assert owner.call("GET", "/v2/_catalog").json == {"repositories": []}


def test_a_repository_in_another_state_gives_no_push(people: People, owner: Client, repository: str) -> None:
    for state in (RepositoryState.READ_ONLY, RepositoryState.MIRROR):
        people.freeze(repository, state)
        assert granted(owner.ask_token(f"repository:{repository}:pull,push,*")) == {repository: ["pull"]}


def test_an_application_repository_is_refused_when_it_is_asked_for_alone(people: People, owner: Client, repository: str) -> None:
    application = people.repository(owner, kind=RepositoryKind.APPLICATION)
    answer = owner.ask_token(f"repository:{application}:pull")

    assert (answer.status, answer.codes) == (405, ["UNSUPPORTED"])
    assert answer.errors[0]["message"] == "This repository is for managing application and not container images."
    assert granted(owner.ask_token(f"repository:{application}:pull", f"repository:{repository}:pull"))[application] == []


def test_a_token_ends_after_an_hour_and_a_little_skew(owner: Client, clock: ManualClock) -> None:
    bearer = owner.bearing()

    clock.advance(seconds=3600 + 29)
    assert bearer.call("GET", "/v2/").status == 200
    clock.advance(seconds=2)
    answer = bearer.call("GET", "/v2/")
    assert (answer.status, answer.codes) == (401, ["UNAUTHORIZED"])
    assert answer["www-authenticate"].endswith('error="invalid_token"')


def test_any_process_verifies_a_token_of_any_other(owner: Client, repository: str, new_server: NewServer) -> None:
    bearer = owner.bearing(f"repository:{repository}:pull")

    assert bearer.at(new_server()).tags(repository).status == 200


def test_a_token_for_another_host_is_refused(owner: Client) -> None:
    bearer = owner.bearing()

    assert bearer.call("GET", "/v2/", headers={"host": "other.example.com"}).status == 401
