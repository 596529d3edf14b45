"""Mounting a blob of another repository (registry-protocol 5; C9, and nothing given away)."""

import pytest

from tests.registry.client import Answer, Client
from tests.registry.content import digest_of, fresh
from tests.registry.people import People


def mount(client: Client, target: str, digest: str, source: str | None = None) -> Answer:
    query = f"?mount={digest}" + (f"&from={source}" if source is not None else "")
    return client.call("POST", f"/v2/{target}/blobs/uploads/{query}")


@pytest.fixture
def target(people: People, owner: Client) -> str:
    return people.repository(owner, "target")


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("named", [True, False], ids=["from", "anonymous mount"])
def test_a_blob_that_one_may_read_is_mounted(owner: Client, repository: str, target: str, named: bool, algorithm: str) -> None:
    """C9: 201 and a Location that works; D3: the digest that was asked with."""
    content = fresh()
    digest = owner.push_blob(repository, content, algorithm=algorithm)
    answer = mount(owner, target, digest, repository if named else None)

    assert (answer.status, answer["docker-content-digest"], answer["location"]) == (201, digest, f"/v2/{target}/blobs/{digest}")
    assert owner.call("GET", answer["location"]).body == content


def test_a_mount_creates_the_repository(owner: Client, repository: str) -> None:
    digest = owner.push_blob(repository, fresh())

    assert mount(owner, f"{owner.name}/made-by-mount", digest, repository).status == 201


def test_a_mount_of_what_is_not_there_becomes_an_upload(owner: Client, repository: str, target: str) -> None:
    content = fresh()
    for source in (repository, f"{owner.name}/missing", "no-such-namespace/x", "Not A Name", None):
        answer = mount(owner, target, digest_of(content), source)
        assert answer.status == 202
        owner.call("DELETE", answer["location"])
    for digest in ("sha256:bad", "md5:" + "1" * 32, "x"):
        assert mount(owner, target, digest, repository).status == 202
    answer = mount(owner, target, digest_of(content), repository)
    assert owner.finish_upload(answer["location"], digest_of(content), content).status == 201


def test_nothing_is_mounted_from_a_repository_that_one_may_not_read(people: People, owner: Client, repository: str) -> None:
    """Whether the blob is there, or the repository, is not to be seen: it is always 202."""
    there = owner.push_blob(repository, fresh())
    stranger = people.user("stranger")
    own = people.repository(stranger)
    people.grant(repository, people.user("reader"), "read")

    for client in (stranger, stranger.bearing(f"repository:{own}:pull,push repository:{repository}:pull")):
        for source in (repository, f"{owner.name}/missing", None):
            assert mount(client, own, there, source).status == 202
        assert client.blob(own, there, "HEAD").status == 404


def test_whoever_may_read_the_source_mounts_from_it(people: People, owner: Client, repository: str) -> None:
    digest = owner.push_blob(repository, fresh())
    reader = people.user("reader")
    own = people.repository(reader)
    people.grant(repository, reader, "read")

    assert mount(reader, own, digest, repository).status == 201
    # A token that names only the target says who is calling, and that one's rights count.
    second = people.repository(reader)
    assert mount(reader.bearing(f"repository:{second}:pull,push"), second, digest, repository).status == 201
    third = people.repository(reader)
    assert mount(reader.bearing(f"repository:{third}:pull,push"), third, digest).status == 201


def test_everybody_mounts_from_a_public_repository(people: People, owner: Client) -> None:
    public = people.repository(owner, public=True)
    digest = owner.push_blob(public, fresh())
    stranger = people.user("stranger")

    for source in (public, None):
        own = people.repository(stranger)
        assert mount(stranger, own, digest, source).status == 201


def test_a_blob_that_the_source_gave_up_is_not_mounted(owner: Client, repository: str, target: str) -> None:
    digest = owner.push_blob(repository, fresh())
    owner.blob(repository, digest, "DELETE")

    assert mount(owner, target, digest, repository).status == 202
    assert mount(owner, target, digest).status == 202


def test_a_mount_needs_push_on_the_target(people: People, owner: Client, repository: str) -> None:
    digest = owner.push_blob(repository, fresh())
    people.make_public(repository)
    stranger = people.user("stranger")

    assert mount(stranger, repository, digest, repository).status == 403
    assert mount(people.anonymous, repository, digest, repository).status == 401
    narrow = mount(owner.bearing(f"repository:{repository}:pull"), f"{owner.name}/elsewhere", digest, repository)
    assert narrow.status == 401
    assert f'scope="repository:{owner.name}/elsewhere:pull,push repository:{repository}:pull"' in narrow["www-authenticate"]
