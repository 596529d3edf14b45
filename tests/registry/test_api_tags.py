"""Tags through the management API: lists, and changes of one tag (tags-and-gc 2; api-v1/repositories 4)."""

import pytest

from pierhead.platform.clock import ManualClock, to_milliseconds
from tests.registry.client import Client
from tests.registry.conftest import NewServer
from tests.registry.content import make_artifact, make_index
from tests.registry.people import People
from tests.registry.tags_api import (
    call,
    get,
    history,
    kinds,
    labelled_image,
    list_tags,
    names,
    one_tag,
    put_tag,
    restore,
    tag_path,
)


def pull_elsewhere(client: Client, new_server: NewServer, repository: str, *references: str) -> None:
    """Pull from another process, which writes down what it counted when it stops."""
    server = new_server()
    for reference in references:
        client.at(server).pull(repository, reference)
    server.stop()


def test_a_list_shows_everything_that_a_page_needs(owner: Client, repository: str, clock: ManualClock) -> None:
    image = owner.push_image(repository, "v1", labelled_image({"maintainer": "ada"}))
    owner.push_image(repository, None, make_artifact("application/vnd.dev.sigstore.bundle.v0.3+json", subject=image.descriptor()))

    tag = one_tag(owner, repository, "v1")
    assert tag["manifest_digest"] == image.digest
    assert tag["start_ts"] == to_milliseconds(clock.now()) // 1000
    assert tag["last_modified"].endswith("-0000")
    assert (tag["reversion"], tag["immutable"], tag["is_manifest_list"], tag["signed"]) == (False, False, False, True)
    assert tag["size"] == sum(map(len, image.blobs))
    assert (tag["platforms"], tag["labels"]) == (["linux/amd64"], {"maintainer": "ada"})
    assert (tag["referrers_count"], tag["pull_count"], tag["last_pulled"]) == (1, 0, None)
    assert (tag["pushed_by"], tag["vulnerabilities"]) == (owner.name, None)
    assert "expiration" not in tag


def test_an_index_shows_its_children_and_their_platforms(owner: Client, repository: str) -> None:
    amd = owner.push_image(repository, None, labelled_image({}, architecture="amd64"))
    missing = labelled_image({})
    index = make_index(
        [
            amd.descriptor(platform={"os": "linux", "architecture": "amd64"}),
            missing.descriptor(platform={"os": "linux", "architecture": "arm64", "variant": "v8"}),
            amd.descriptor(platform={"os": "unknown", "architecture": "unknown"}) | {"digest": "sha256:" + "0" * 64},
        ]
    )
    owner.push_image(repository, "multi", index)

    tag = one_tag(owner, repository, "multi")
    assert (tag["is_manifest_list"], tag["size"], tag["is_sparse"]) == (True, None, True)
    assert (tag["child_manifest_count"], tag["present_child_count"]) == (3, 1)
    assert tag["child_manifests_presence"][amd.digest]
    assert not tag["child_manifests_presence"][missing.digest]
    assert tag["platforms"] == ["linux/amd64", "linux/arm64/v8"]


def test_pulls_are_counted_for_the_tag_and_for_its_manifest(owner: Client, repository: str, new_server: NewServer) -> None:
    image = owner.push_image(repository, "v1")
    owner.push_image(repository, "other", image)
    pull_elsewhere(owner, new_server, repository, "v1", "v1", "other", image.digest)

    found = get(owner, tag_path(repository, "v1", "/pull_statistics"))
    assert (found["tag_name"], found["tag_pull_count"], found["current_manifest_digest"]) == ("v1", 2, image.digest)
    assert found["manifest_pull_count"] == 4
    assert found["last_tag_pull_date"] == one_tag(owner, repository, "v1")["last_pulled"] is not None
    assert get(owner, f"/repository/{repository}/manifest/{image.digest}/pull_statistics")["manifest_pull_count"] == 4
    owner.delete(repository, "v1")
    owner.push_image(repository, "v1", image)
    assert one_tag(owner, repository, "v1")["pull_count"] == 2


def test_the_first_version_of_the_list_is_the_history_newest_first_in_numbered_pages(
    owner: Client, repository: str, clock: ManualClock
) -> None:
    for name in ("b", "a", "b"):
        clock.advance(seconds=2)
        owner.push_image(repository, name)
    clock.advance(seconds=2)
    owner.delete(repository, "a")

    assert names(owner, repository, "limit=10") == ["b", "a", "b"]
    assert ["end_ts" in tag for tag in list_tags(owner, repository, "limit=10")] == [False, True, True]
    first = get(owner, f"{tag_path(repository)}?limit=2")
    second = get(owner, f"{tag_path(repository)}?limit=2&page=2")
    assert (first["page"], first["has_additional"], second["page"], second["has_additional"]) == (1, True, 2, False)
    assert [tag["name"] for tag in first["tags"] + second["tags"]] == ["b", "a", "b"]
    assert names(owner, repository) == ["b"]
    assert names(owner, repository, "specificTag=a") == ["a"]
    clock.advance(days=15)
    assert names(owner, repository, "limit=10") == ["b"]


@pytest.mark.parametrize(
    "query, expected",
    [
        ("filter_tag_name=like:v1", ["v1", "v10"]),
        ("filter_tag_name=eq:v1", ["v1"]),
        ("filter_tag_name=like:V", []),
        ("filter=1", ["v1", "v10"]),
        ("pattern=v.", ["v1", "v2"]),
        ("pattern=v.&pattern_matches=false", ["latest", "v10"]),
        ("immutable=true", ["v2"]),
        ("older_than=1h", []),
        ("not_pulled_for=1s", []),
    ],
)
def test_tags_are_filtered_on_the_server(owner: Client, repository: str, query: str, expected: list[str]) -> None:
    for name in ("v1", "v10", "v2", "latest"):
        owner.push_image(repository, name)
    put_tag(owner, repository, "v2", immutable=True)

    assert sorted(names(owner, repository, f"onlyActiveTags=true&{query}")) == expected


@pytest.mark.parametrize(
    "query", ["filter_tag_name=x", "filter_tag_name=nope:x", "sort=colour", "pattern=(", "limit=0", "limit=101", "page=0"]
)
def test_a_filter_that_makes_no_sense_is_refused(owner: Client, repository: str, query: str) -> None:
    assert call(owner, "GET", f"{tag_path(repository)}?{query}").status == 400


COLUMNS = (
    "name", "manifest_digest", "size", "last_modified", "expiration", "pushed_by", "immutable", "signed", "referrers_count", "pull_count",
    "last_pulled",
)  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS)
def test_pages_by_any_column_hold_every_tag_once_in_order(
    owner: Client, repository: str, clock: ManualClock, new_server: NewServer, column: str
) -> None:
    for number in range(5):
        clock.advance(seconds=1)
        owner.push_image(repository, f"v{number}")
        owner.push_image(repository, f"copy{number}")
    put_tag(owner, repository, "v1", expiration=to_milliseconds(clock.now()) // 1000 + 7200)
    put_tag(owner, repository, "v2", immutable=True)
    pull_elsewhere(owner, new_server, repository, "v3")

    for sort in (column, f"-{column}"):
        cursor, found = "", []
        while cursor is not None:
            page = get(owner, f"{tag_path(repository)}?sort={sort}&limit=3&cursor={cursor}")
            found += page["tags"]
            cursor = page.get("next_cursor")
        assert len({tag["name"] for tag in found}) == len(found) == 10
        if column in ("name", "manifest_digest", "size", "immutable", "pull_count"):
            values = [tag[column] for tag in found]
            assert values == sorted(values, reverse=sort.startswith("-"))
    if column == "expiration":
        assert names(owner, repository, "sort=expiration")[0] == "v1"


def test_a_tag_is_created_and_moved_and_the_answer_says_from_where(owner: Client, repository: str) -> None:
    """Specification S2.3 to S2.7."""
    first, second = owner.push_image(repository, "v1"), owner.push_image(repository, "v2")

    answer = put_tag(owner, repository, "latest", manifest_digest=first.digest)
    assert (answer.status, answer.json) == (201, "Updated")
    moved = call(owner, "PUT", tag_path(repository, "latest", "?details=true"), {"manifest_digest": second.digest})
    assert moved.json == {
        "name": "latest",
        "manifest_digest": second.digest,
        "previous_manifest_digest": first.digest,
        "created": False,
        "moved": True,
    }
    assert owner.pull(repository, "latest").body == second.content
    assert kinds(owner, repository, "latest") == ["created", "moved"]
    assert [event["by"] for event in history(owner, repository, "latest")] == [owner.name] * 2
    assert put_tag(owner, repository, "latest", manifest_digest=second.digest).status == 201
    assert len(history(owner, repository, "latest")) == 2


def test_changes_that_cannot_be_are_refused(owner: Client, repository: str, clock: ManualClock) -> None:
    image = owner.push_image(repository, "v1")
    unknown = "sha256:" + "0" * 64

    assert put_tag(owner, repository, "v1", manifest_digest=unknown).status == 404
    assert put_tag(owner, repository, "-x", manifest_digest=image.digest).status == 400
    assert put_tag(owner, repository, "v1", manifest_digest="sha256:xyz").status == 400
    assert put_tag(owner, repository, "v1").status == 400
    assert put_tag(owner, repository, "v1", expiration=1).status == 400
    assert put_tag(owner, repository, "never", expiration=None).status == 404
    assert call(owner, "DELETE", tag_path(repository, "never")).status == 404
    assert call(owner, "POST", tag_path(repository, "v1", "/restore"), {}).json["message"] == "Missing manifest_digest"
    assert restore(owner, repository, "v1", unknown).status == 404


def test_a_lost_tag_is_restored_by_one_call_and_pulled_byte_for_byte(owner: Client, repository: str, clock: ManualClock) -> None:
    """Specification S2.13, S2.14: a deleted tag, whose manifest was deleted by digest too, with a signature beside it."""
    image = owner.push_image(repository, "v1")
    signature = owner.push_image(repository, f"{image.digest.replace(':', '-')}.sig")
    assert one_tag(owner, repository, "v1")["signed"]
    clock.advance(seconds=1)
    assert call(owner, "DELETE", tag_path(repository, "v1")).status == 204
    assert owner.tags(repository).json["tags"] == []
    owner.delete(repository, image.digest)
    clock.advance(days=13)

    assert restore(owner, repository, "v1", image.digest).json == {}
    assert owner.pull(repository, "v1").body == image.content
    assert owner.pull(repository, image.digest).status == 200
    assert owner.pull(repository, f"{image.digest.replace(':', '-')}.sig").body == signature.content
    assert one_tag(owner, repository, "v1")["signed"]
    assert one_tag(owner, repository, "v1")["reversion"]
    assert kinds(owner, repository, "v1") == ["created", "deleted", "restored"]


def test_a_moved_tag_goes_back_and_the_way_back_can_be_undone(owner: Client, repository: str, clock: ManualClock) -> None:
    """Tags-and-gc 9: push, push, delete, restore shows four rows with exact touching times."""
    first = owner.push_image(repository, "v1")
    clock.advance(seconds=1)
    second = owner.push_image(repository, "v1")
    clock.advance(seconds=1)
    call(owner, "DELETE", tag_path(repository, "v1"))
    clock.advance(seconds=1)
    restore(owner, repository, "v1", first.digest)
    clock.advance(seconds=1)
    restore(owner, repository, "v1", second.digest)
    restore(owner, repository, "v1", second.digest)

    assert owner.pull(repository, "v1").body == second.content
    assert kinds(owner, repository, "v1") == ["created", "moved", "deleted", "restored", "restored"]
    rows = list_tags(owner, repository, "limit=10")
    assert [row["manifest_digest"] for row in rows] == [second.digest, first.digest, second.digest, first.digest]
    assert [row["reversion"] for row in rows] == [True, True, False, False]
    assert rows[1]["end_ts"] == rows[0]["start_ts"]
    assert rows[3]["end_ts"] == rows[2]["start_ts"]


def test_what_lies_beyond_the_time_machine_cannot_be_restored(owner: Client, repository: str, clock: ManualClock) -> None:
    old = owner.push_image(repository, "v1")
    owner.push_image(repository, "v1")
    clock.advance(days=14.001)

    answer = restore(owner, repository, "v1", old.digest)
    assert (answer.status, answer.json["title"]) == (404, "not_found")
    assert "time machine" in answer.json["message"]


def test_an_end_is_set_clamped_and_lifted(owner: Client, repository: str, clock: ManualClock) -> None:
    owner.push_image(repository, "v1")
    now = to_milliseconds(clock.now()) // 1000

    put_tag(owner, repository, "v1", expiration=now + 60)
    assert one_tag(owner, repository, "v1")["end_ts"] == now + 3600
    put_tag(owner, repository, "v1", expiration=now + 10**9)
    assert one_tag(owner, repository, "v1")["end_ts"] == now + 104 * 7 * 24 * 3600
    put_tag(owner, repository, "v1", expiration=None)
    assert "end_ts" not in one_tag(owner, repository, "v1")
    put_tag(owner, repository, "v1", expiration=now + 7200)
    clock.advance(hours=2)
    assert owner.pull(repository, "v1").codes == ["TAG_EXPIRED"]
    assert names(owner, repository) == []
    assert kinds(owner, repository, "v1") == ["created", "expired"]


def test_an_immutable_tag_refuses_every_change_and_only_an_admin_lets_it_go(owner: Client, repository: str, people: People) -> None:
    image, other = owner.push_image(repository, "v1"), owner.push_image(repository)
    writer = people.user("writer")
    people.grant(repository, writer, "write")
    assert put_tag(writer, repository, "v1", immutable=True).status == 201

    refused = [
        put_tag(writer, repository, "v1", manifest_digest=other.digest),
        put_tag(writer, repository, "v1", expiration=4_000_000_000),
        call(writer, "DELETE", tag_path(repository, "v1")),
    ]
    for answer in refused:
        assert (answer.status, answer.json["title"]) == (409, "tag_immutable")
        assert "immutable tag 'v1'" in answer.json["message"]
    assert writer.delete(repository, "v1").codes == ["TAG_IMMUTABLE"]
    assert writer.push_manifest(repository, "v1", other.content).codes == ["TAG_IMMUTABLE"]
    assert put_tag(writer, repository, "v1", immutable=False).status == 403
    assert owner.pull(repository, "v1").body == image.content
    assert put_tag(owner, repository, "v1", immutable=False).status == 201
    assert call(writer, "DELETE", tag_path(repository, "v1")).status == 204


@pytest.mark.parametrize("state", ["READ_ONLY", "MIRROR"])
def test_a_repository_that_takes_no_changes_refuses_them(owner: Client, repository: str, people: People, state: str) -> None:
    image = owner.push_image(repository, "v1")
    people.change(repository, state=state)

    assert put_tag(owner, repository, "v2", manifest_digest=image.digest).status == 503
    assert call(owner, "DELETE", tag_path(repository, "v1")).status == 503
    assert names(owner, repository) == ["v1"]


def test_readers_read_and_strangers_learn_nothing(owner: Client, repository: str, people: People) -> None:
    image = owner.push_image(repository, "v1")
    reader, stranger = people.user("reader"), people.user("stranger")
    people.grant(repository, reader, "read")

    assert names(reader, repository) == ["v1"]
    assert put_tag(reader, repository, "v2", manifest_digest=image.digest).status == 403
    for path in (tag_path(repository), tag_path(repository, "v1", "/history"), f"/repository/{repository}/manifest/{image.digest}"):
        missing = path.replace(repository, f"{owner.name}/nothing")
        assert call(stranger, "GET", path).status == call(stranger, "GET", missing).status == 403
        assert call(people.anonymous, "GET", path).status == 401
