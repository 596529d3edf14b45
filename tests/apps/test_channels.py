"""Channels: names for releases that move (app-registry 1, 2, 8)."""

import pytest

from tests.apps.conftest import call, error_code, push
from tests.registry.client import Client
from tests.registry.people import People


@pytest.fixture
def two_releases(owner: Client, package: str) -> str:
    """A package with 1.0.0 and 2.0.0."""
    assert push(owner, package, "2.0.0").status == 200
    return package


def test_a_channel_leads_to_its_newest_release(owner: Client, two_releases: str) -> None:
    assert call(owner, "GET", f"/{two_releases}/channels").json == []
    added = call(owner, "POST", f"/{two_releases}/channels/stable/2.0.0")
    assert (added.status, added.json) == (200, {"name": "stable", "current": "2.0.0", "releases": ["2.0.0"]})

    moved = call(owner, "POST", f"/{two_releases}/channels/stable/1.0.0").json
    assert moved == {"name": "stable", "current": "1.0.0", "releases": ["1.0.0", "2.0.0"]}
    assert call(owner, "GET", f"/{two_releases}/channels/stable").json == moved
    assert call(owner, "GET", f"/{two_releases}/stable/helm").json["release"] == "1.0.0"
    assert call(owner, "GET", f"/{two_releases}/1.0.0/helm").json["channels"] == ["stable"]
    assert call(owner, "GET", f"/{two_releases}/2.0.0/helm").json["channels"] == []


def test_a_release_taken_from_a_channel_gives_way_to_the_one_before(owner: Client, two_releases: str) -> None:
    for release in ("1.0.0", "2.0.0"):
        call(owner, "POST", f"/{two_releases}/channels/stable/{release}")
    removed = call(owner, "DELETE", f"/{two_releases}/channels/stable/2.0.0")
    assert removed.json == {"status": "deleted", "package": two_releases, "name": "stable", "release": "2.0.0"}
    assert call(owner, "GET", f"/{two_releases}/channels/stable").json["current"] == "1.0.0"
    again = call(owner, "DELETE", f"/{two_releases}/channels/stable/2.0.0")
    assert (again.status, error_code(again)) == (404, "channel-not-found")


def test_a_deleted_channel_leaves_its_releases(owner: Client, two_releases: str) -> None:
    call(owner, "POST", f"/{two_releases}/channels/stable/2.0.0")
    deleted = call(owner, "DELETE", f"/{two_releases}/channels/stable")
    assert deleted.json == {"channel": "stable", "package": two_releases, "action": "delete"}
    for method in ("GET", "DELETE"):
        gone = call(owner, method, f"/{two_releases}/channels/stable")
        assert (gone.status, error_code(gone)) == (404, "channel-not-found")
    assert call(owner, "GET", f"/{two_releases}/2.0.0/helm").status == 200


def test_a_channel_cannot_lead_to_a_release_that_is_not_there(owner: Client, package: str) -> None:
    answer = call(owner, "POST", f"/{package}/channels/stable/9.9.9")
    assert (answer.status, error_code(answer)) == (404, "package-release-not-found")


def test_the_release_that_a_channel_leads_to_is_not_deleted(owner: Client, two_releases: str) -> None:
    call(owner, "POST", f"/{two_releases}/channels/stable/2.0.0")
    refused = call(owner, "DELETE", f"/{two_releases}/2.0.0/helm")
    assert (refused.status, error_code(refused)) == (409, "resource-in-use")
    assert "stable" in refused.json["error"]["message"]

    call(owner, "POST", f"/{two_releases}/channels/stable/1.0.0")
    assert call(owner, "DELETE", f"/{two_releases}/2.0.0/helm").status == 200
    assert call(owner, "GET", f"/{two_releases}/channels/stable").json["releases"] == ["1.0.0"]


@pytest.mark.parametrize("name", ["default", "1.2.3", "-x", "a" * 129])
def test_a_channel_name_follows_its_rule(owner: Client, package: str, name: str) -> None:
    answer = call(owner, "POST", f"/{package}/channels/{name}/1.0.0")
    assert (answer.status, error_code(answer)) == (422, "invalid-parameters")


def test_only_writers_move_channels(people: People, owner: Client, stranger: Client, package: str) -> None:
    reader = people.user("reader")
    people.grant(package, reader, "read")
    call(owner, "POST", f"/{package}/channels/stable/1.0.0")
    for client, read, write in ((people.anonymous, 401, 401), (stranger, 403, 403), (reader, 200, 403)):
        assert call(client, "GET", f"/{package}/channels").status == read
        assert call(client, "POST", f"/{package}/channels/stable/1.0.0").status == write
        assert call(client, "DELETE", f"/{package}/channels/stable").status == write


def test_the_management_api_lists_releases_with_their_channels(owner: Client, stranger: Client, two_releases: str) -> None:
    call(owner, "POST", f"/{two_releases}/channels/stable/2.0.0")
    answer = owner.call("GET", f"/api/v1/repository/{two_releases}/releases")
    assert answer.status == 200
    assert [(item["release"], item["channels"]) for item in answer.json["releases"]] == [("2.0.0", ["stable"]), ("1.0.0", [])]
    assert answer.json["channels"] == [{"name": "stable", "current": "2.0.0", "releases": ["2.0.0"]}]
    assert stranger.call("GET", f"/api/v1/repository/{two_releases}/releases").status == 403


def test_a_repository_of_images_has_no_releases(people: People, owner: Client) -> None:
    assert owner.call("GET", f"/api/v1/repository/{people.repository(owner)}/releases").status == 404
