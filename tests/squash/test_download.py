"""`GET /c1/squash/...` (squash, sections 1, 3, 5 and 6; specification S7.1, S7.9, S7.10)."""

import asyncio
import hashlib
import json
import os

import pytest

from pierhead.platform.clock import ManualClock
from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.names import parse_digest
from pierhead.registry.records import read_manifest
from pierhead.repositories import records
from pierhead.repositories.model import RepositoryKind
from pierhead.settings import RegistrySettings, SquashSettings
from pierhead.squash import cache
from pierhead.squash.model.cache import make_variant
from tests.layers.archives import contents, file, folder, pack, whiteout
from tests.registry.client import HOST, Client
from tests.registry.content import OCI_LAYER, alter, make_artifact, make_image, make_index
from tests.registry.people import People
from tests.repositories.api import read_log
from tests.squash.conftest import NewServer
from tests.squash.images import CREATED_SECONDS, ZSTD_LAYER, build, fetch, take_apart

LOWER = pack(folder("etc"), file("etc/name", b"old"), file("gone"))
UPPER = pack(file("etc/name", b"new"), whiteout("gone"))


def is_cached(client: Client, repository: str, tag: str = "v1") -> bool:
    """Whether the server says that the image can be resumed, which it does for cached ones only."""
    answer = client.call("HEAD", f"/c1/squash/{repository}/{tag}")
    assert answer.status == 200, answer
    return answer.get("accept-ranges") == "bytes"


def test_s7_1_an_image_of_several_layers_comes_as_one_layer_of_its_end_state(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1", build(LOWER, UPPER))

    answer = fetch(owner, repository)

    assert (answer.status, answer["content-type"]) == (200, "application/octet-stream")
    assert answer["docker-content-digest"] == image.digest
    assert answer["content-disposition"] == f'attachment; filename="{repository.partition("/")[2]}-v1.tar"'
    assert contents(take_apart(answer.body).layer) == {"etc/name": b"new"}


def test_the_archive_has_the_form_that_every_engine_loads(owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build(LOWER, UPPER, container_config={"Image": "old", "Cmd": ["nop"]}, parent="x"))

    found = take_apart(fetch(owner, repository).body)

    name = f"{HOST}/{repository}"
    config_file = found.manifest["Config"]
    assert found.order == [
        found.id,
        f"{found.id}/VERSION",
        f"{found.id}/json",
        f"{found.id}/layer.tar",
        config_file,
        "manifest.json",
        "repositories",
    ]
    assert found.manifest["RepoTags"] == [f"{name}:v1.squash"]
    assert json.loads(found.files["repositories"]) == {name: {"v1.squash": found.id}}
    assert found.files[f"{found.id}/VERSION"] == b"1.0"
    assert config_file == f"{hashlib.sha256(found.files[config_file]).hexdigest()}.json"
    assert found.config["rootfs"] == {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(found.layer).hexdigest()}"]}
    assert len(found.config["history"]) == 1
    assert found.config["config"] == {"Env": ["PATH=/bin"], "Cmd": ["run"], "User": "7", "Image": "old"}
    old = json.loads(found.files[f"{found.id}/json"])
    assert (old["id"], old["config"]["Image"], old["container_config"]["Image"]) == (found.id, found.id, found.id)
    assert "parent" not in old
    assert {(entry.uid, entry.gid, entry.mtime) for entry in found.entries} == {(0, 0, CREATED_SECONDS)}


def test_s7_9_and_s7_10_the_second_pull_is_served_from_the_cache_and_is_the_same_to_the_byte(owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build(LOWER, UPPER))
    first = fetch(owner, repository)
    assert first.get("accept-ranges") is None

    second = fetch(owner, repository)

    assert second["accept-ranges"] == "bytes"
    assert (second.body, second["content-length"]) == (first.body, first["content-length"])


def test_the_same_manifest_and_tag_give_the_same_bytes_without_the_cache(owner: Client, repository: str, new_server: NewServer) -> None:
    owner.push_image(repository, "v1", build(LOWER, UPPER))
    uncached = owner.at(new_server(squash=SquashSettings(cache_bytes=0)))
    assert fetch(uncached, repository).body == fetch(uncached, repository).body == fetch(owner, repository).body


def test_another_tag_gives_another_name_to_the_image(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1", build(LOWER))
    owner.push_image(repository, "v2", image)
    one, two = (take_apart(fetch(owner, repository, tag).body) for tag in ("v1", "v2"))
    assert one.id != two.id
    assert one.layer == two.layer


def test_a_very_long_tag_is_cut_so_that_engines_take_the_name(owner: Client, repository: str) -> None:
    tag = "t" * 128
    owner.push_image(repository, tag, build(LOWER))
    (name,) = take_apart(fetch(owner, repository, tag).body).manifest["RepoTags"]
    assert len(name.rpartition(":")[2]) == 128
    assert name.endswith(".squash")


def test_a_cached_image_can_be_resumed(owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build(LOWER))
    whole = fetch(owner, repository)

    part = fetch(owner, repository, range="bytes=1000-", if_range=whole["etag"])
    assert (part.status, part["content-range"]) == (206, f"bytes 1000-{len(whole.body) - 1}/{len(whole.body)}")
    assert part.body == whole.body[1000:]
    assert fetch(owner, repository, range="bytes=1000-", if_range='"other"').status == 200
    assert fetch(owner, repository, range=f"bytes={len(whole.body)}-").status == 416
    assert fetch(owner, repository, if_none_match=whole["etag"]).status == 304


def test_head_tells_the_size_before_anything_was_sent(owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build(LOWER))
    told = owner.call("HEAD", f"/c1/squash/{repository}/v1")
    assert int(told["content-length"]) == len(fetch(owner, repository).body)


def test_two_who_ask_at_the_same_time_get_the_same_stream(owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build(pack(file("large", os.urandom(1_500_000)))))

    async def both() -> list[bytes]:
        target = f"/c1/squash/{repository}/v1"
        return [answer.body for answer in await asyncio.gather(owner.send("GET", target), owner.send("GET", target))]

    one, two = owner.server.run(both())
    assert one == two == fetch(owner, repository).body
    assert is_cached(owner, repository)


def test_a_client_that_goes_away_leaves_a_good_cache(owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build(pack(file("large", os.urandom(2_500_000)), file("end", b"end"))))
    owner.call("GET", f"/c1/squash/{repository}/v1", leaves_after=1)

    whole = fetch(owner, repository)

    assert contents(take_apart(whole.body).layer)["end"] == b"end"
    assert fetch(owner, repository)["accept-ranges"] == "bytes"
    assert fetch(owner, repository).body == whole.body


def test_a_second_process_follows_the_one_that_makes_the_image(owner: Client, repository: str, new_server: NewServer) -> None:
    pushed = owner.push_image(repository, "v1", build(LOWER, UPPER))
    whole = fetch(owner.at(new_server(squash=SquashSettings(cache_bytes=0))), repository).body
    core = owner.server.core
    state, variant = core.blobs.begin_upload(f"test-{pushed.digest[7:27]}"), make_variant(f"{HOST}/{repository}:v1.squash")

    def begin(work: UnitOfWork) -> int | None:
        found = records.find_repository(work, repository)
        assert found is not None
        manifest = read_manifest(work, found, parse_digest(pushed.digest))
        return cache.begin(work, manifest.id, variant, store_state=state, size_bytes=len(whole))

    row = core.database.write_now(begin)
    assert row is not None
    writer = core.blobs.open_writer(state, 0)

    async def follow() -> bytes:
        following = asyncio.ensure_future(owner.send("GET", f"/c1/squash/{repository}/v1"))
        for start in range(0, len(whole), 5000):
            writer.write([whole[start : start + 5000]])
            writer.flush()
            await asyncio.sleep(0)
        writer.close()
        key = core.blobs.commit_upload(state, len(whole), f"squash/test/{pushed.digest[7:27]}")
        await core.database.write(cache.finish, row, state, key=key, size_bytes=len(whole))
        return (await following).body

    assert owner.server.run(follow()) == whole
    assert fetch(owner, repository)["accept-ranges"] == "bytes"


def test_an_image_that_a_dead_process_left_unfinished_is_made_anew(
    owner: Client, repository: str, server_clock: ManualClock, people: People
) -> None:
    pushed = owner.push_image(repository, "v1", build(LOWER, UPPER))
    core, variant = owner.server.core, make_variant(f"{HOST}/{repository}:v1.squash")

    def begin(work: UnitOfWork) -> int | None:
        found = records.find_repository(work, repository)
        assert found is not None
        return cache.begin(work, read_manifest(work, found, parse_digest(pushed.digest)).id, variant, store_state="lost", size_bytes=7)

    assert core.database.write_now(begin) is not None
    server_clock.advance(seconds=cache.LEASE_SECONDS + 1)

    assert contents(take_apart(fetch(owner, repository).body).layer) == {"etc/name": b"new"}
    assert is_cached(owner, repository)


def test_in_read_only_mode_the_image_is_streamed_and_not_kept(owner: Client, repository: str, new_server: NewServer) -> None:
    owner.push_image(repository, "v1", build(LOWER))
    fetch(owner, repository, "v1")  # its table of contents is known now
    owner.push_image(repository, "v2", build(LOWER, UPPER))
    frozen = owner.at(new_server(registry=RegistrySettings(read_only=True)))

    assert contents(take_apart(fetch(frozen, repository, "v2").body).layer) == {"etc/name": b"new"}
    assert not is_cached(frozen, repository, "v2")


def test_the_image_that_nobody_asked_for_the_longest_is_evicted(owner: Client, repository: str, new_server: NewServer) -> None:
    for tag in ("v1", "v2", "v3"):
        owner.push_image(repository, tag, build(pack(file("same-size", tag.encode()))))
    size = len(fetch(owner.at(new_server(squash=SquashSettings(cache_bytes=0))), repository).body)
    small = owner.at(new_server(squash=SquashSettings(cache_bytes=2 * size)))
    for tag in ("v1", "v2", "v3"):
        fetch(small, repository, tag)

    assert [is_cached(small, repository, tag) for tag in ("v3", "v2", "v1")] == [True, True, False]


def test_layers_may_be_packed_with_zstd(owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build(LOWER, UPPER, types=(OCI_LAYER, ZSTD_LAYER)))
    assert contents(take_apart(fetch(owner, repository).body).layer) == {"etc/name": b"new"}


def test_an_image_without_layers_is_an_empty_layer(owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build())
    assert take_apart(fetch(owner, repository).body).layer == bytes(1024)


@pytest.fixture
def multi(owner: Client, repository: str) -> str:
    """A repository whose tag `v1` is an index with a nested one, and an attestation."""
    images = {}
    for platform in ("linux/amd64", "linux/arm64", "linux/s390x"):
        image = owner.push_image(repository, None, build(pack(file("platform", platform.encode())), platform=platform))
        system, _, architecture = platform.partition("/")
        named = {"os": system, "architecture": architecture, **({"variant": "v8"} if architecture == "arm64" else {})}
        images[platform] = image.descriptor(platform=named)
    nested = make_index([images["linux/s390x"]])
    owner.push_image(repository, None, nested)
    attestation = owner.push_image(repository, None, make_image())
    unknown = attestation.descriptor(platform={"os": "unknown", "architecture": "unknown"})
    owner.push_image(repository, "v1", make_index([unknown, images["linux/arm64"], images["linux/amd64"], nested.descriptor()]))
    return repository


@pytest.mark.parametrize(
    ("query", "platform"),
    [
        ("", b"linux/amd64"),
        ("?platform=linux/arm64", b"linux/arm64"),
        ("?platform=linux/arm64/v8", b"linux/arm64"),
        ("?platform=linux%2Fs390x", b"linux/s390x"),
    ],
)
def test_an_index_gives_the_image_of_the_platform(owner: Client, multi: str, query: str, platform: bytes) -> None:
    answer = fetch(owner, multi, query=query)
    assert contents(take_apart(answer.body).layer) == {"platform": platform}
    assert answer["docker-content-digest"] == owner.pull(multi, "v1")["docker-content-digest"]


def test_a_platform_that_the_index_has_not_is_answered_with_those_that_it_has(owner: Client, multi: str) -> None:
    answer = fetch(owner, multi, query="?platform=linux/ppc64le")
    assert answer.status == 404
    assert "linux/arm64/v8, linux/amd64, linux/s390x" in answer.errors[0]["message"]
    assert fetch(owner, multi, query="?platform=unknown/unknown").status == 404
    assert fetch(owner, multi, query="?platform=nonsense").status == 400


def test_who_may_pull_may_fetch(people: People, owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build(LOWER))
    robot, stranger = people.robot(owner.name), people.user("stranger")

    refused = fetch(people.anonymous, repository)
    assert (refused.status, refused["www-authenticate"]) == (401, 'Basic realm="Pierhead"')
    assert fetch(robot, repository).status == 403
    assert fetch(stranger, repository).status == 403

    people.grant(repository, robot, "read")
    assert fetch(robot, repository).status == 200
    assert fetch(robot.bearing(f"repository:{repository}:pull"), repository).status == 200
    people.make_public(repository)
    assert fetch(people.anonymous, repository).status == 200


def test_what_does_not_exist_looks_like_what_is_forbidden(people: People, owner: Client, repository: str) -> None:
    stranger = people.user("stranger")
    assert fetch(stranger, repository).errors == fetch(stranger, f"{owner.name}/nothing").errors
    assert fetch(people.anonymous, f"{owner.name}/nothing").status == 401
    assert fetch(owner, f"{owner.name}/nothing").status == 404
    assert fetch(owner, repository, "nothing").status == 404
    assert owner.call("POST", f"/c1/squash/{repository}/v1").status == 405


def test_an_application_repository_has_no_images(people: People, owner: Client) -> None:
    applications = people.repository(owner, kind=RepositoryKind.APPLICATION)
    assert fetch(owner, applications).status == 405


def test_a_disabled_namespace_is_a_bad_request(people: People, repository: str, owner: Client) -> None:
    reader = people.user("reader")
    people.grant(repository, reader, "read")
    people.disable(owner.name)
    assert fetch(reader, repository).status == 400


def test_what_is_no_file_system_is_refused_with_the_reason(owner: Client, repository: str) -> None:
    owner.push_image(repository, "artifact", make_artifact("application/vnd.example"))
    image = build(LOWER)
    foreign = json.loads(image.content)["layers"][0] | {"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}
    owner.push_image(repository, "foreign", alter(image, {"layers": [foreign]}))
    owner.push_image(repository, "corrupt", make_image(layers=[b"no archive"]))

    for tag, reason in (("artifact", "config is of the type"), ("foreign", "not distributable"), ("corrupt", "no tar archive")):
        answer = fetch(owner, repository, tag)
        assert (answer.status, reason in answer.errors[0]["message"]) == (400, True), answer


def test_a_host_that_cannot_be_a_name_is_refused(owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1", build(LOWER))
    assert fetch(owner, repository, host="evil host/..").status == 400


def test_a_pull_is_counted_and_logged_once(people: People, owner: Client, repository: str, new_server: NewServer) -> None:
    image = owner.push_image(repository, "v1", build(LOWER))
    other = new_server()
    robot = people.robot(owner.name)
    people.grant(repository, robot, "read")
    size = len(fetch(robot.at(other), repository).body)
    fetch(robot.at(other), repository, range=f"bytes={size // 2}-")
    other.stop()

    (entry,) = read_log(people, owner.name, "repo_verb")
    expected = {"tag": "v1", "verb": "squash", "manifest_digest": image.digest}
    assert (entry.performer_kind, entry.performer_name, expected.items() <= entry.metadata.items()) == ("robot", robot.name, True)
    assert read_log(people, owner.name, "pull_repo") == []
