"""The whole table of 401, 403 and 404: every identity, every kind of repository, with Basic and with a token (registry-protocol 3.5)."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pierhead.repositories.model import RepositoryKind, RepositoryState
from tests.registry.client import Answer, Client
from tests.registry.content import OCI_MANIFEST, fresh, make_image
from tests.registry.people import People

_ABSENT = "sha256:" + "0" * 64
_DENIED = "requested access to the resource is denied"


@dataclass(frozen=True)
class Street:
    """A namespace with a private and a public repository, and everybody who may or may not enter."""

    private: str
    public: str
    missing: str
    callers: dict[str, Client]


@pytest.fixture
def street(people: People, owner: Client, repository: str, anonymous: Client) -> Street:
    public = people.repository(owner, public=True)
    callers = {
        "owner": owner,
        "writer": people.user("writer"),
        "reader": people.user("reader"),
        "stranger": people.user("stranger"),
        "robot": people.robot(owner.name),
        "anonymous": anonymous,
    }
    for name in (repository, public):
        owner.push_image(name, "v1")
        people.grant(name, callers["writer"], "write")
        people.grant(name, callers["reader"], "read")
        people.grant(name, callers["robot"], "write")
    return Street(repository, public, f"{owner.name}/missing", callers)


def read(client: Client, repository: str) -> Answer:
    return client.pull(repository, "v1")


def list_tags(client: Client, repository: str) -> Answer:
    return client.tags(repository)


def list_referrers(client: Client, repository: str) -> Answer:
    return client.referrers(repository, _ABSENT)


def push(client: Client, repository: str) -> Answer:
    return client.call("POST", f"/v2/{repository}/blobs/uploads/")


def push_manifest(client: Client, repository: str) -> Answer:
    return client.push_manifest(repository, "v2", make_image(layers=[]).content)


def delete(client: Client, repository: str) -> Answer:
    return client.delete(repository, "unknown-tag")


def delete_blob(client: Client, repository: str) -> Answer:
    return client.blob(repository, _ABSENT, "DELETE")


Operation = Callable[[Client, str], Answer]

# Status by operation, then by repository. What the anonymous get is a challenge, which `check_form` requires of every 401.
_EXPECTED: dict[Operation, dict[str, dict[str, int]]] = {
    read: {
        "private": {"owner": 200, "writer": 200, "reader": 200, "robot": 200, "stranger": 403, "anonymous": 401},
        "public": {"owner": 200, "writer": 200, "reader": 200, "robot": 200, "stranger": 200, "anonymous": 200},
        "missing": {"owner": 404, "writer": 403, "reader": 403, "robot": 403, "stranger": 403, "anonymous": 401},
    },
    list_referrers: {
        "private": {"owner": 200, "writer": 200, "reader": 200, "robot": 200, "stranger": 403, "anonymous": 401},
        "public": {"owner": 200, "writer": 200, "reader": 200, "robot": 200, "stranger": 200, "anonymous": 200},
        "missing": {"owner": 200, "writer": 403, "reader": 403, "robot": 403, "stranger": 403, "anonymous": 401},
    },
    push: {
        "private": {"owner": 202, "writer": 202, "reader": 403, "robot": 202, "stranger": 403, "anonymous": 401},
        "public": {"owner": 202, "writer": 202, "reader": 403, "robot": 202, "stranger": 403, "anonymous": 401},
        "missing": {"owner": 202, "writer": 403, "reader": 403, "robot": 403, "stranger": 403, "anonymous": 401},
    },
    delete: {
        "private": {"owner": 404, "writer": 404, "reader": 403, "robot": 404, "stranger": 403, "anonymous": 401},
        "public": {"owner": 404, "writer": 404, "reader": 403, "robot": 404, "stranger": 403, "anonymous": 401},
        "missing": {"owner": 404, "writer": 403, "reader": 403, "robot": 403, "stranger": 403, "anonymous": 401},
    },
}
_EXPECTED[list_tags] = _EXPECTED[read]
_EXPECTED[delete_blob] = _EXPECTED[delete]
# A manifest of a config that was never pushed: who may push learns what is missing.
_EXPECTED[push_manifest] = {
    kind: {caller: 400 if status == 202 else status for caller, status in row.items()} for kind, row in _EXPECTED[push].items()
}


@pytest.mark.parametrize("operation", list(_EXPECTED), ids=lambda operation: operation.__name__)
@pytest.mark.parametrize("with_token", [False, True], ids=["basic", "token"])
def test_every_caller_gets_the_answer_of_the_table(street: Street, operation: Operation, with_token: bool) -> None:
    found: dict[str, dict[str, int]] = {}
    for kind in ("private", "public", "missing"):
        name = getattr(street, kind)
        for who, client in reversed(street.callers.items()):
            caller = client.bearing(f"repository:{name}:pull,push") if with_token else client
            answer = operation(caller, name)
            if answer.status == 403:
                assert (answer.codes, answer.errors[0]["message"]) == (["DENIED"], _DENIED)
            found.setdefault(kind, {})[who] = answer.status

    assert found == _EXPECTED[operation]


def test_what_one_may_not_see_answers_as_what_does_not_exist(street: Street) -> None:
    for who in ("stranger", "anonymous"):
        client = street.callers[who]
        for operation in _EXPECTED:
            hidden, absent = operation(client, street.private), operation(client, street.missing)
            elsewhere = operation(client, "nobody-here/thing")
            for answer in (absent, elsewhere):
                assert (answer.status, answer.body) == (hidden.status, hidden.body)


def test_who_may_not_push_is_told_so_whatever_the_manifest_is(street: Street) -> None:
    """Also one that is too large, of no known type, or no manifest at all; nobody has to send it to the end."""
    scopes = [f"repository:{name}:pull,push" for name in (street.private, street.public, street.missing)]
    refused = []
    for who, status in (("reader", 403), ("stranger", 403), ("anonymous", 401)):
        refused += [(street.callers[who], status), (street.callers[who].bearing(*scopes), status)]
    for body in (b"", b"{", [b"x" * 1024 * 1024] * 5, make_image().content):
        for headers in ({}, {"content-type": "text/html"}, {"content-type": OCI_MANIFEST}):
            for repository in (street.private, street.public, street.missing):
                target = f"/v2/{repository}/manifests/v2"
                for caller, status in refused:
                    assert caller.call("PUT", target, body=body, headers=headers).status == status
            assert street.callers["writer"].call("PUT", f"/v2/{street.private}/manifests/v2", body=body, headers=headers).status in (
                400,
                413,
                415,
            )


def test_a_token_that_was_not_asked_for_the_action_says_so(people: People, street: Street) -> None:
    """Narrow token: 401 with insufficient_scope, so that the client fetches a wider one."""
    reader = street.callers["reader"]
    elsewhere = street.callers["owner"].bearing(f"repository:{street.public}:pull,push")
    for client, operation, scope in (
        (reader.bearing(f"repository:{street.private}:pull"), push, "pull,push"),
        (reader.bearing(f"repository:{street.private}:pull"), delete, "pull,push"),
        (elsewhere, read, "pull"),
        (elsewhere, push, "pull,push"),
        (street.callers["owner"].bearing(), read, "pull"),
    ):
        answer = operation(client, street.private)
        assert (answer.status, answer.codes) == (401, ["UNAUTHORIZED"])
        assert answer["www-authenticate"].endswith(f'scope="repository:{street.private}:{scope}",error="insufficient_scope"')


def test_a_token_holds_what_it_was_given_until_it_ends(people: People, street: Street) -> None:
    stranger = street.callers["stranger"]
    bearer = stranger.bearing(f"repository:{street.private}:pull")
    people.grant(street.private, stranger, "read")

    assert bearer.pull(street.private, "v1").status == 403
    assert stranger.pull(street.private, "v1").status == 200


def test_a_read_only_repository_refuses_writes_and_serves_reads(people: People, owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1")
    bearer = owner.bearing(f"repository:{repository}:pull,push")
    people.freeze(repository, RepositoryState.READ_ONLY)

    for client in (owner, bearer):
        assert client.pull(repository, "v1").status == 200
        for answer in (push(client, repository), client.push_manifest(repository, "v2", image.content), client.delete(repository, "v1")):
            assert (answer.status, answer.codes) == (405, ["DENIED"])
            assert answer.errors[0]["detail"] == {"name": repository, "state": "READ_ONLY"}


def test_an_application_repository_serves_no_images(people: People, owner: Client) -> None:
    application = people.repository(owner, kind=RepositoryKind.APPLICATION)
    for operation in (read, list_tags, list_referrers, push):
        answer = operation(owner, application)
        assert (answer.status, answer.codes) == (405, ["UNSUPPORTED"])


def test_a_member_of_the_owners_team_administers_every_repository(people: People, owner: Client) -> None:
    organization = people.organization(owner)

    owner.push_image(f"{organization}/app", "v1")
    assert people.user("stranger").pull(f"{organization}/app", "v1").status == 403


def test_a_robot_creates_nothing_by_itself(people: People, owner: Client) -> None:
    assert push(people.robot(owner.name), f"{owner.name}/new").status == 403


def test_a_blob_of_a_private_repository_is_not_to_be_had_through_another(people: People, owner: Client, repository: str) -> None:
    """A digest is no key: a repository serves only the blobs that it holds."""
    digest = owner.push_blob(repository, fresh())
    stranger = people.user("stranger")
    own = people.repository(stranger)

    for name, status in ((repository, 403), (own, 404)):
        for method in ("GET", "HEAD", "DELETE"):
            assert stranger.blob(name, digest, method).status == status
