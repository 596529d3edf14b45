"""Lists of tags and of repositories (registry-protocol 7; C2, C18, D9)."""

from urllib.parse import quote

import pytest

from pierhead.repositories.model import RepositoryKind
from tests.registry.client import Client
from tests.registry.conftest import NewServer
from tests.registry.people import People

_NAMES = ["0", "1.10", "1.9", "A", "Z", "_x", "a", "a-b", "a.b", "a0", "aB", "a_b", "b", "latest", "z"]  # in byte order


@pytest.fixture
def tagged(owner: Client, repository: str) -> str:
    image = owner.push_image(repository)
    query = "&".join(f"tag={name}" for name in reversed(_NAMES))
    assert owner.push_manifest(repository, f"{image.digest}?{query}", image.content).status == 201
    return repository


def test_a_repository_without_content_has_no_tags(owner: Client, repository: str) -> None:
    """C2; one that does not exist is told apart from it."""
    answer = owner.tags(repository)
    assert (answer.status, answer["content-type"], answer.json) == (200, "application/json", {"name": repository, "tags": []})
    unknown = owner.tags(f"{owner.name}/not-yet")
    assert (unknown.status, unknown.codes, unknown.errors[0]["message"]) == (404, ["NAME_UNKNOWN"], "repository not found")


def test_tags_come_in_byte_order(owner: Client, tagged: str) -> None:
    """D9."""
    answer = owner.tags(tagged)

    assert answer.json == {"name": tagged, "tags": _NAMES}
    assert answer.get("link") is None


@pytest.mark.parametrize("last", ["", "0", "a", "aA", "latest", "zz", "~", "A-", "\u00e9", "no/tag", "a b&n=1"])
def test_last_shows_exactly_the_tags_after_it(owner: Client, tagged: str, last: str) -> None:
    """C18: it need not exist."""
    assert owner.tags(tagged, f"?last={quote(last, safe='')}").json["tags"] == [name for name in _NAMES if name > last]


@pytest.mark.parametrize("size", [1, 2, 4, 15, 16, 1000, 99_999])
def test_pages_hold_every_tag_once(owner: Client, tagged: str, size: int) -> None:
    pages = owner.pages(f"/v2/{tagged}/tags/list?n={size}", "tags")

    assert [name for page in pages for name in page] == _NAMES
    assert [len(page) for page in pages[:-1]] == [size] * (len(pages) - 1)
    assert 0 < len(pages[-1]) <= size


def test_the_link_is_relative_and_names_size_and_place(owner: Client, tagged: str) -> None:
    assert owner.tags(tagged, "?n=2")["link"] == f'</v2/{tagged}/tags/list?n=2&last=1.10>; rel="next"'


def test_a_page_of_nothing_is_empty(owner: Client, tagged: str) -> None:
    answer = owner.tags(tagged, "?n=0")

    assert (answer.status, answer.json["tags"], answer.get("link")) == (200, [], None)


@pytest.mark.parametrize("n", ["-1", "x", "1.5", "%2B1", "1e3", "%C2%B2", "9" * 5000, "%D9%A3"])
@pytest.mark.parametrize("path", ["{}/tags/list", "_catalog"])
def test_a_page_size_that_is_none_is_refused(owner: Client, repository: str, path: str, n: str) -> None:
    answer = owner.call("GET", f"/v2/{path.format(repository)}?n={n}")

    assert (answer.status, answer.codes) == (400, ["PAGINATION_NUMBER_INVALID"])


@pytest.mark.parametrize("query", ["last=%00", "last=a%00b", "x=%00&n=1", "last=" + "a" * 70_000, "&".join(["a=b"] * 1001)])
@pytest.mark.parametrize("path", ["{}/tags/list", "_catalog"])
def test_a_query_that_no_client_sends_is_refused(owner: Client, repository: str, path: str, query: str) -> None:
    answer = owner.call("GET", f"/v2/{path.format(repository)}?{query}")

    assert (answer.status, answer.codes) == (400, ["INVALID_REQUEST"])


def test_bytes_that_are_no_text_are_a_place_like_any_other(owner: Client, tagged: str) -> None:
    assert owner.tags(tagged, "?last=%ff%fe").json["tags"] == []


def test_a_list_by_a_name_without_namespace_is_that_of_the_library(owner: Client, anonymous: Client) -> None:
    """Registry-protocol 1: `busybox` is `library/busybox`."""
    assert anonymous.tags("busybox")["www-authenticate"].endswith('scope="repository:busybox:pull"')
    assert owner.tags("busybox").status == 403


def test_the_catalog_shows_what_the_caller_may_read(people: People, owner: Client, anonymous: Client) -> None:
    """Specification: public repositories of others only where the setting says so."""
    own = sorted(people.repository(owner, short) for short in ("a", "b", "c-d", "c"))
    people.repository(owner, kind=RepositoryKind.APPLICATION)
    stranger = people.user("stranger")
    foreign, public = people.repository(stranger), people.repository(stranger, public=True)
    shared = people.repository(stranger)
    people.grant(shared, owner, "read")
    robot = people.robot(owner.name)
    people.grant(own[0], robot, "read")

    for client in (owner, owner.bearing(), owner.bearing("registry:catalog:*")):
        assert client.call("GET", "/v2/_catalog").json == {"repositories": sorted([*own, shared])}
    assert stranger.call("GET", "/v2/_catalog").json == {"repositories": sorted([foreign, public, shared])}
    assert robot.call("GET", "/v2/_catalog").json == {"repositories": [own[0]]}
    assert anonymous.call("GET", "/v2/_catalog").status == 401
    assert anonymous.bearing("repository:a/b:pull").call("GET", "/v2/_catalog").status == 401


def test_the_catalog_of_an_organization_is_for_its_administrators(people: People, owner: Client) -> None:
    organization = people.organization(owner)
    owner.push_image(f"{organization}/app", "v1")

    assert owner.call("GET", "/v2/_catalog").json == {"repositories": [f"{organization}/app"]}


def test_the_catalog_has_pages(people: People, owner: Client) -> None:
    names = sorted(people.repository(owner) for _ in range(7))
    pages = owner.pages("/v2/_catalog?n=3", "repositories")

    assert pages == [names[:3], names[3:6], names[6:]]
    assert owner.call("GET", f"/v2/_catalog?n=2&last={quote(names[4], safe='')}").json == {"repositories": names[5:]}
    assert owner.call("GET", "/v2/_catalog?n=0").json == {"repositories": []}


def test_a_public_catalog_shows_public_repositories_to_everybody(people: People, owner: Client, new_server: NewServer) -> None:
    public, private = people.repository(owner, public=True), people.repository(owner)
    settings = owner.server.settings
    server = new_server(registry=settings.registry.model_copy(update={"public_catalog": True}))
    listed = people.anonymous.at(server).call("GET", "/v2/_catalog").json["repositories"]

    assert public in listed
    assert private not in listed
    assert {public, private} <= set(owner.at(server).call("GET", "/v2/_catalog").json["repositories"])
