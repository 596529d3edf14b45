"""A disabled namespace serves nothing under `/v2`, whatever the caller still holds (registry-protocol 1 and 3.2)."""

from collections.abc import Callable

import pytest

from tests.registry.client import Answer, Client
from tests.registry.content import digest_of, fresh, make_image
from tests.registry.people import People

_ABSENT = "sha256:" + "0" * 64

Operation = Callable[[Client, str], Answer]

_READS: list[Operation] = [
    lambda client, name: client.pull(name, "v1"),
    lambda client, name: client.pull(name, "v1", headers={"accept": "*/*"}),
    lambda client, name: client.pull(name, _ABSENT),
    lambda client, name: client.call("HEAD", f"/v2/{name}/manifests/v1"),
    lambda client, name: client.blob(name, digest_of(b"{}")),
    lambda client, name: client.blob(name, digest_of(b"{}"), "HEAD"),
    lambda client, name: client.tags(name),
    lambda client, name: client.referrers(name, _ABSENT),
]
_WRITES: list[Operation] = [
    lambda client, name: client.call("POST", f"/v2/{name}/blobs/uploads/"),
    lambda client, name: client.call("POST", f"/v2/{name}/blobs/uploads/?digest={digest_of(b'x')}", body=b"x"),
    lambda client, name: client.call("POST", f"/v2/{name}/blobs/uploads/?mount={digest_of(b'x')}"),
    lambda client, name: client.push_manifest(name, "v2", make_image().content),
    lambda client, name: client.delete(name, "v1"),
    lambda client, name: client.delete(name, _ABSENT),
    lambda client, name: client.blob(name, digest_of(b"{}"), "DELETE"),
]


@pytest.fixture
def organization(people: People, owner: Client) -> str:
    return people.organization(owner)


def is_disabled(answer: Answer, organization: str) -> bool:
    if answer.status == 405 and answer.body:
        assert (answer.codes, answer.errors[0]["detail"]) == (["DENIED"], {"namespace": organization})
    return answer.status == 405


def test_every_operation_is_refused_also_with_tokens_that_are_out(people: People, owner: Client, organization: str) -> None:
    name, missing = f"{organization}/app", f"{organization}/missing"
    owner.push_image(name, "v1")
    location = owner.start_upload(name)
    bearer = owner.bearing(f"repository:{name}:pull,push", f"repository:{missing}:pull,push")
    upload = bearer.start_upload(name)
    people.disable(organization)

    for client, started in ((owner, location), (bearer, upload)):
        for operation in (*_READS, *_WRITES):
            for repository in (name, missing):
                assert is_disabled(operation(client, repository), organization)
        for method in ("GET", "PATCH", "DELETE"):
            assert is_disabled(client.call(method, started), organization)
        assert is_disabled(client.finish_upload(started, digest_of(b"x"), b"x"), organization)


def test_nobody_pulls_what_was_public(people: People, owner: Client, organization: str, anonymous: Client) -> None:
    name = f"{organization}/app"
    owner.push_image(name, "v1")
    people.make_public(name)
    token = anonymous.bearing(f"repository:{name}:pull")
    assert token.pull(name, "v1").status == 200
    people.disable(organization)

    for client in (anonymous, token, people.user("stranger")):
        for operation in _READS:
            assert is_disabled(operation(client, name), organization)


def test_who_had_no_right_before_learns_nothing(people: People, owner: Client, organization: str, anonymous: Client) -> None:
    name = f"{organization}/app"
    owner.push_image(name, "v1")
    people.disable(organization)

    for repository in (name, f"{organization}/missing"):
        for operation in (*_READS, *_WRITES):
            assert operation(anonymous, repository).status == 401
            assert operation(people.user("stranger"), repository).status == 403


def test_a_token_is_refused_when_it_is_asked_for_alone(people: People, owner: Client, organization: str) -> None:
    name = f"{organization}/app"
    owner.push_image(name, "v1")
    people.disable(organization)
    own = people.repository(owner)

    for repository in (name, f"{organization}/missing"):
        scope = f"repository:{repository}:pull"
        assert is_disabled(owner.ask_token(scope), organization)
        assert people.user("stranger").ask_token(scope).status == 200
        both = owner.bearing(scope, f"repository:{own}:pull")
        assert both.tags(own).status == 200
        assert is_disabled(owner.tags(repository), organization)


def test_its_repositories_and_blobs_are_not_to_be_had_elsewhere(people: People, owner: Client, organization: str) -> None:
    name = f"{organization}/app"
    digest = owner.push_blob(name, fresh())
    own = people.repository(owner)
    people.disable(organization)

    assert owner.call("GET", "/v2/_catalog").json == {"repositories": [own]}
    for source in (f"&from={name}", ""):
        assert owner.call("POST", f"/v2/{own}/blobs/uploads/?mount={digest}{source}").status == 202
