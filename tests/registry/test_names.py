"""Names on the wire: nested ones, the library, and what is none (registry-protocol 1)."""

import pytest

from tests.registry.client import Client
from tests.registry.conftest import NewServer
from tests.registry.people import People


@pytest.mark.parametrize(
    "rest", ["a", "a/b", "a/b/c/d", "blobs/uploads", "manifests/manifests", "tags/list", "referrers/blobs", "a.b_c-d", "x--y", "0"]
)
def test_every_name_that_the_rule_allows_can_be_used(owner: Client, rest: str) -> None:
    name = f"{owner.name}/{rest}"
    image = owner.push_image(name, "v1")

    assert owner.pull(name, "v1").body == image.content
    assert owner.tags(name).json == {"name": name, "tags": ["v1"]}
    assert owner.referrers(name, image.digest).status == 200
    location = owner.start_upload(name)
    assert owner.call("DELETE", location).status == 204


@pytest.mark.parametrize(
    "rest", ["A", "-a", ".a", "_a", "a//b", "a/", "a/.b", "a%20b", "%C3%A9", "%00", "a%0A", "a" * 260, "a/../b", "a:b", "a@b", "a%2F-"]
)
def test_a_name_that_is_none_is_refused(owner: Client, rest: str) -> None:
    for path in (f"{owner.name}/{rest}/tags/list", f"{owner.name}/{rest}/manifests/v1", f"{owner.name}/{rest}/blobs/uploads/x"):
        answer = owner.call("GET", f"/v2/{path}")
        assert (answer.status, answer.codes) == (400, ["NAME_INVALID"])


def test_nested_names_may_be_switched_off(owner: Client, new_server: NewServer) -> None:
    settings = owner.server.settings
    flat = owner.at(new_server(registry=settings.registry.model_copy(update={"nested_names": False})))
    answer = flat.call("POST", f"/v2/{owner.name}/a/b/blobs/uploads/")

    assert (answer.status, answer.codes) == (400, ["NAME_INVALID"])
    assert answer.errors[0]["message"] == f"Nested repositories are not supported. Found: {owner.name}/a/b"
    assert flat.call("POST", f"/v2/{owner.name}/a/blobs/uploads/").status == 202


def test_a_name_without_namespace_belongs_to_the_library(people: People, new_server: NewServer) -> None:
    """The namespace is a setting; answers keep the name that the client used."""
    keeper = people.user("keeper")
    settings = keeper.server.settings
    server = new_server(registry=settings.registry.model_copy(update={"library_namespace": keeper.name}))
    here = keeper.at(server)
    image = here.push_image("busybox", "v1")
    bearer = here.bearing("repository:busybox:pull")

    assert here.pull(f"{keeper.name}/busybox", "v1").body == image.content
    assert bearer.pull("busybox", "v1").body == image.content
    assert bearer.tags("busybox").json == {"name": "busybox", "tags": ["v1"]}
    assert here.start_upload("busybox").startswith("/v2/busybox/blobs/uploads/")
    assert here.call("GET", "/v2/_catalog").json == {"repositories": [f"{keeper.name}/busybox"]}


def test_without_a_library_a_name_needs_its_namespace(owner: Client, new_server: NewServer) -> None:
    settings = owner.server.settings
    server = new_server(registry=settings.registry.model_copy(update={"library_namespace": None}))
    answer = owner.at(server).tags("busybox")

    assert (answer.status, answer.codes) == (400, ["NAME_INVALID"])


def test_an_escaped_slash_is_a_slash(owner: Client, repository: str) -> None:
    assert owner.tags(repository.replace("/", "%2F")).json["name"] == repository
