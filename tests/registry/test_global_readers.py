"""Global read-only superusers pull every image and push nowhere; superusers are nothing special under `/v2` (registry-protocol 3.2)."""

import pytest

from pierhead.settings import AccessSettings
from tests.registry.client import Client
from tests.registry.conftest import NewServer
from tests.registry.people import People


@pytest.fixture
def image(owner: Client, repository: str) -> str:
    """The tag of an image in the owner's private repository."""
    owner.push_image(repository, "v1")
    return "v1"


@pytest.fixture
def reader(people: People, new_server: NewServer) -> Client:
    """A global reader without any grant."""
    grace = people.user("grace")
    return grace.at(new_server(access=AccessSettings(global_readers=(grace.name,))))


def test_a_global_reader_pulls_a_private_image_with_a_token_and_without(reader: Client, repository: str, image: str) -> None:
    assert reader.pull(repository, image).status == 200
    assert reader.bearing(f"repository:{repository}:pull,push").pull(repository, image).status == 200


def test_a_global_reader_pushes_and_deletes_nothing(reader: Client, repository: str, image: str) -> None:
    for caller in (reader, reader.bearing(f"repository:{repository}:pull,push")):
        assert caller.call("POST", f"/v2/{repository}/blobs/uploads/").status in (401, 403)
        assert caller.delete(repository, image).status in (401, 403)
    assert reader.pull(repository, image).status == 200


def test_a_superuser_with_full_access_has_no_right_under_v2_by_that(
    people: People, new_server: NewServer, repository: str, image: str
) -> None:
    root = people.user("root", is_superuser=True).at(new_server(access=AccessSettings(superusers_full_access=True)))
    assert root.pull(repository, image).status == 403
    assert root.call("POST", f"/v2/{repository}/blobs/uploads/").status == 403


def test_a_restricted_user_creates_nothing_by_a_push_in_the_own_namespace(people: People, new_server: NewServer) -> None:
    server = new_server(access=AccessSettings(restricted_users=True))
    user = people.user("dora")
    restricted, robot = user.at(server), people.robot(user.name).at(server)
    for caller in (restricted, robot, restricted.bearing(f"repository:{user.name}/new:pull,push")):
        assert caller.call("POST", f"/v2/{user.name}/new/blobs/uploads/").status in (401, 403)
    organization = people.organization(user)
    assert restricted.call("POST", f"/v2/{organization}/new/blobs/uploads/").status == 202
