"""*Fetch Tag*: the formats, the robots, the command lines (squash, section 2; specification S7.4 to S7.7, S7.12, S7.13)."""

import shlex
from typing import Any

import pytest

from tests.layers.archives import file, pack
from tests.registry.client import HOST, Client
from tests.registry.content import make_artifact, make_index
from tests.registry.people import People
from tests.repositories.api import call, get
from tests.squash.images import build, fetch

LAYER = pack(file("a"))


def ask(client: Client, repository: str, query: str = "", tag: str = "v1") -> Any:
    return get(client, f"/repository/{repository}/tag/{tag}/fetch{query}")


def formats(shown: Any) -> dict[str, Any]:
    return {form["name"]: form for form in shown["formats"]}


def test_s7_5_the_squashed_docker_image_is_one_of_the_formats(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1", build(LAYER))
    shown = ask(owner, repository)
    assert [form["title"] for form in shown["formats"]] == [
        "Squashed Docker Image",
        "Docker Pull (by tag)",
        "Docker Pull (by digest)",
        "Podman Pull (by tag)",
        "Podman Pull (by digest)",
    ]
    assert (shown["manifest_digest"], shown["needs_login"], shown["robot"]) == (image.digest, True, None)
    assert formats(shown)["squash"]["image"] == f"{HOST}/{repository}:v1.squash"
    assert formats(shown)["docker_pull"]["command"].endswith(f"docker pull {HOST}/{repository}:v1")
    assert formats(shown)["podman_pull_by_digest"]["command"].endswith(f"podman pull {HOST}/{repository}@{image.digest}")


def test_s7_6_the_robots_show_whether_they_may_pull(people: People, owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build(LAYER))
    able, unable = people.robot(owner.name, "able"), people.robot(owner.name, "unable")
    people.grant(repository, able, "read")
    assert ask(owner, repository)["robots"] == [{"name": able.name, "has_access": True}, {"name": unable.name, "has_access": False}]


def test_s7_12_the_command_streams_into_docker_load_and_runs_nothing(people: People, owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build(LAYER))
    robot = people.robot(owner.name, "ci")
    answer = call(owner, "GET", f"/repository/{repository}/tag/v1/fetch?robot={robot.name.replace('+', '%2B')}")
    form = formats(answer.json)["squash"]

    words = shlex.split(form["command_with_option"])
    name, secret = words[words.index("-u") + 1].split(":")
    assert name == robot.name
    quoted = name.replace("+", "%2B")
    assert form["command"] == f"curl -L -f https://{quoted}:{secret}@{HOST}/c1/squash/{repository}/v1 | docker load"
    assert formats(answer.json)["docker_pull"]["command"].startswith(f"docker login -u {robot.name} -p {secret} {HOST} && ")
    assert answer["cache-control"] == "no-store"
    assert answer.json["robot"] == robot.name


def test_without_a_robot_no_secret_is_shown(people: People, owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build(LAYER))
    assert formats(ask(owner, repository))["squash"]["command_with_option"].startswith("curl -L -f -u '<robot>:<token>' https://")
    people.make_public(repository)
    form = formats(ask(people.anonymous, repository))["squash"]
    assert form["command"] == form["command_with_option"] == f"curl -L -f https://{HOST}/c1/squash/{repository}/v1 | docker load"


def test_only_who_administers_the_namespace_gets_the_secret_of_a_robot(people: People, owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build(LAYER))
    people.robot(owner.name, "ci")
    reader = people.user("reader")
    people.grant(repository, reader, "read")
    assert ask(reader, repository)["robots"] == []
    assert call(reader, "GET", f"/repository/{repository}/tag/v1/fetch?robot={owner.name}%2Bci").status == 403
    assert call(owner, "GET", f"/repository/{repository}/tag/v1/fetch?robot={owner.name}%2Bnobody").status in (400, 404)


def test_the_dialog_shows_whether_the_squashed_image_is_cached(owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build(LAYER))
    before = formats(ask(owner, repository))["squash"]
    size = len(fetch(owner, repository).body)
    after = formats(ask(owner, repository))["squash"]
    assert (before["is_cached"], before["size"]) == (False, None)
    assert (after["is_cached"], after["size"]) == (True, size)


def test_an_index_offers_its_platforms(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, None, build(LAYER, platform="linux/arm64"))
    owner.push_image(repository, "v1", make_index([image.descriptor(platform={"os": "linux", "architecture": "arm64"})]))
    shown = ask(owner, repository)
    assert shown["platforms"] == ["linux/arm64"]
    assert (formats(shown)["squash"]["is_available"], "linux/arm64" in formats(shown)["squash"]["reason"]) == (False, True)
    form = formats(ask(owner, repository, "?platform=linux/arm64"))["squash"]
    assert form["is_available"]
    assert "/v1?platform=linux/arm64" in form["command"]


def test_an_artifact_has_no_squashed_image(owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", make_artifact("application/vnd.example"))
    assert formats(ask(owner, repository))["squash"]["is_available"] is False


@pytest.mark.parametrize(("who", "status"), [("anonymous", 401), ("stranger", 403)])
def test_only_who_may_read_is_told_how_to_fetch(people: People, owner: Client, repository: str, who: str, status: int) -> None:
    owner.push_image(repository, "v1", build(LAYER))
    client = people.anonymous if who == "anonymous" else people.user(who)
    assert call(client, "GET", f"/repository/{repository}/tag/v1/fetch").status == status
    assert call(owner, "GET", f"/repository/{repository}/tag/nothing/fetch").status == 404
