"""A repository as it was at a moment: looked at, compared, restored in one call."""

import asyncio
from datetime import timedelta

import pytest

from pierhead.platform.clock import ManualClock, to_milliseconds
from tests.registry.client import Client
from tests.registry.conftest import NewServer
from tests.registry.content import digest_of, make_index
from tests.registry.people import People
from tests.registry.tags_api import call, get, history, kinds, labelled_image, names, one_tag, post, put_tag, restore


def moment(clock: ManualClock) -> str:
    """The present in ISO 8601; milliseconds, because tests move their clock by little."""
    return clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def path(repository: str, what: str) -> str:
    return f"/repository/{repository}/tags/{what}"


def test_the_tags_of_a_moment_are_listed_in_pages(owner: Client, repository: str, clock: ManualClock) -> None:
    first = {name: owner.push_image(repository, name) for name in ("a", "b", "c")}
    clock.advance(seconds=10)
    then = moment(clock)
    clock.advance(seconds=10)
    owner.push_image(repository, "a")
    owner.delete(repository, "b")
    owner.push_image(repository, "d")

    page = get(owner, f"{path(repository, 'at')}?time={then}&limit=2")
    rest = get(owner, f"{path(repository, 'at')}?time={then}&limit=2&cursor={page['next_cursor']}")
    assert "next_cursor" not in rest
    assert {tag["name"]: tag["manifest_digest"] for tag in page["tags"] + rest["tags"]} == {
        name: image.digest for name, image in first.items()
    }


def test_a_moment_beyond_the_time_machine_or_in_the_future_is_refused(owner: Client, repository: str, clock: ManualClock) -> None:
    owner.push_image(repository, "v1")
    for time in (clock.now() - timedelta(days=14, seconds=1), clock.now() + timedelta(seconds=1)):
        answer = call(owner, "GET", f"{path(repository, 'at')}?time={time.timestamp()}")
        assert (answer.status, "time machine" in answer.json["message"]) == (400, True)
    for text in ("yesterday", "99999999999999999999", "2026-13-01"):
        assert call(owner, "GET", f"{path(repository, 'at')}?time={text}").status == 400


def test_the_whole_content_of_a_repository_comes_back_by_one_call_byte_for_byte(owner: Client, repository: str, clock: ManualClock) -> None:
    """Tags deleted, tags moved, manifests and the children of an index deleted by digest."""
    child = owner.push_image(repository)
    index = owner.push_image(repository, "multi", make_index([child.descriptor()]))
    kept, moved = owner.push_image(repository, "kept"), owner.push_image(repository, "moved")
    clock.advance(seconds=10)
    then = moment(clock)
    clock.advance(seconds=10)
    owner.push_image(repository, "moved")
    owner.push_image(repository, "newer")
    for reference in (index.digest, child.digest, kept.digest):
        assert owner.delete(repository, reference).status == 202
    clock.advance(days=3)

    preview = get(owner, f"{path(repository, 'compare')}?time={then}")
    assert preview["counts"] == {"restored": 2, "moved": 1, "removed": 1}
    assert [(each["kind"], each["name"]) for each in preview["differences"]] == [
        ("restored", "kept"), ("moved", "moved"), ("restored", "multi"), ("removed", "newer"),
    ]  # fmt: skip
    done = post(owner, path(repository, "restore"), {"time": then})
    assert done["counts"] == preview["counts"]
    assert names(owner, repository, "sort=name") == ["kept", "moved", "multi"]
    for reference, image in (("kept", kept), ("moved", moved), ("multi", index), (child.digest, child)):
        assert owner.pull(repository, reference).body == image.content
        for blob in image.blobs:
            assert owner.blob(repository, digest_of(blob)).body == blob
    assert get(owner, f"{path(repository, 'compare')}?time={then}")["differences"] == []
    starts = {event["time_ms"] for event in history(owner, repository) if event["kind"] == "restored"}
    assert starts == {to_milliseconds(clock.now())}


def test_restoring_everything_is_undone_in_the_same_way(owner: Client, repository: str, clock: ManualClock) -> None:
    first = owner.push_image(repository, "v1")
    clock.advance(seconds=10)
    then = moment(clock)
    clock.advance(seconds=10)
    second, newer = owner.push_image(repository, "v1"), owner.push_image(repository, "newer")
    clock.advance(seconds=10)
    before = moment(clock)
    clock.advance(seconds=10)

    post(owner, path(repository, "restore"), {"time": then})
    assert owner.pull(repository, "v1").body == first.content
    clock.advance(seconds=10)
    post(owner, path(repository, "restore"), {"time": before})
    assert owner.pull(repository, "v1").body == second.content
    assert owner.pull(repository, "newer").body == newer.content
    assert kinds(owner, repository, "newer") == ["created", "deleted", "restored"]


def test_newer_tags_stay_when_asked_to(owner: Client, repository: str, clock: ManualClock) -> None:
    owner.push_image(repository, "v1")
    clock.advance(seconds=10)
    then = moment(clock)
    clock.advance(seconds=10)
    owner.push_image(repository, "newer")
    owner.delete(repository, "v1")

    post(owner, path(repository, "restore"), {"time": then, "remove_newer": False})
    assert names(owner, repository, "sort=name") == ["newer", "v1"]


def test_an_immutable_tag_stops_everything_unless_it_is_passed_over(owner: Client, repository: str, clock: ManualClock) -> None:
    owner.push_image(repository, "fixed")
    lost = owner.push_image(repository, "lost")
    clock.advance(seconds=10)
    then = moment(clock)
    clock.advance(seconds=10)
    now = owner.push_image(repository, "fixed")
    owner.delete(repository, "lost")
    put_tag(owner, repository, "fixed", immutable=True)

    assert get(owner, f"{path(repository, 'compare')}?time={then}")["blocked"] == 1
    refused = call(owner, "POST", path(repository, "restore"), {"time": then})
    assert (refused.status, refused.json["title"]) == (409, "tag_immutable")
    assert names(owner, repository) == ["fixed"]
    post(owner, path(repository, "restore"), {"time": then, "skip_immutable": True})
    assert owner.pull(repository, "fixed").body == now.content
    assert owner.pull(repository, "lost").body == lost.content


def test_a_label_gives_restored_tags_a_new_end(owner: Client, repository: str, clock: ManualClock) -> None:
    owner.push_image(repository, "v1", labelled_image({"quay.expires-after": "2h"}))
    clock.advance(seconds=10)
    then = moment(clock)
    clock.advance(hours=3)
    assert names(owner, repository) == []

    post(owner, path(repository, "restore"), {"time": then})
    assert one_tag(owner, repository, "v1")["end_ts"] == to_milliseconds(clock.now()) // 1000 + 7200


def test_readers_compare_and_only_writers_restore(owner: Client, repository: str, people: People, clock: ManualClock) -> None:
    reader = people.user("reader")
    people.grant(repository, reader, "read")
    owner.push_image(repository, "v1")
    then = moment(clock)

    assert call(reader, "GET", f"{path(repository, 'compare')}?time={then}").status == 200
    assert call(reader, "POST", path(repository, "restore"), {"time": then}).status == 403
    assert call(people.user("stranger"), "GET", f"{path(repository, 'at')}?time={then}").status == 403


@pytest.mark.parametrize("processes", [1, 2])
def test_restores_at_once_leave_one_consistent_history(
    owner: Client, repository: str, clock: ManualClock, new_server: NewServer, processes: int
) -> None:
    """Over one process and over two: each tag has touching intervals and one present."""
    images = []
    for _ in range(4):
        clock.advance(seconds=1)
        images.append(owner.push_image(repository, "v1"))
        owner.push_image(repository, "v2")
    times = [to_milliseconds(clock.now()) / 1000 - back for back in (3, 2, 1)]
    clock.advance(seconds=5)
    callers = [owner, owner.at(new_server())][:processes]
    for caller in callers:
        # Each process builds its management API in its own event loop.
        assert caller.call("GET", "/config").status == 200
    single = [
        (f"/api/v1/repository/{repository}/tag/v1/restore", f'{{"manifest_digest": "{image.digest}"}}'.encode()) for image in images[:3]
    ]
    whole = [(f"/api/v1/repository/{repository}/tags/restore", f'{{"time": {time}}}'.encode()) for time in times]

    async def restore_all() -> list[int]:
        calls = [
            callers[number % processes].send("POST", target, body=body, headers={"content-type": "application/json"})
            for number, (target, body) in enumerate([*single, *whole])
        ]
        return [answer.status for answer in await asyncio.gather(*calls)]

    assert owner.server.run(restore_all()) == [200] * 6
    for name in ("v1", "v2"):
        rows = get(owner, f"/repository/{repository}/tag/?specificTag={name}&limit=100")["tags"]
        assert ["end_ts" in row for row in rows].count(False) == 1
        events = [event for event in history(owner, repository, name) if event["kind"] in ("deleted", "expired")]
        assert events == []
        present = one_tag(owner, repository, name)
        assert owner.pull(repository, name)["docker-content-digest"] == present["manifest_digest"]


def test_histories_are_complete_in_pages_and_tell_who(owner: Client, repository: str, people: People, clock: ManualClock) -> None:
    writer = people.user("writer")
    people.grant(repository, writer, "write")
    first = owner.push_image(repository, "v1")
    clock.advance(seconds=1)
    writer.push_image(repository, "v1")
    clock.advance(seconds=1)
    writer.push_image(repository, "other")
    clock.advance(seconds=1)
    owner.delete(repository, "v1")
    clock.advance(seconds=1)
    writer.push_image(repository, "v1", first)
    clock.advance(seconds=1)
    writer.push_image(repository, "v1", first)
    now = to_milliseconds(clock.now()) // 1000
    put_tag(owner, repository, "other", expiration=now + 3600)
    clock.advance(hours=2)
    restore(owner, repository, "other", get(owner, f"/repository/{repository}/tag/?specificTag=other")["tags"][0]["manifest_digest"])

    told = [(event["kind"], event["name"], event["by"]) for event in reversed(history(owner, repository))]
    assert told == [
        ("created", "v1", owner.name),
        ("moved", "v1", writer.name),
        ("created", "other", writer.name),
        ("deleted", "v1", owner.name),
        ("recreated", "v1", writer.name),
        ("pushed_again", "v1", writer.name),
        ("expired", "other", None),
        ("restored", "other", owner.name),
    ]
    assert kinds(owner, repository, "v1") == ["created", "moved", "deleted", "recreated", "pushed_again"]
    assert all(event["can_restore"] for event in history(owner, repository))


def test_the_namespace_says_how_far_the_time_machine_reaches(owner: Client, people: People, clock: ManualClock) -> None:
    organization = people.organization(owner)
    repository = f"{organization}/app"
    lost = owner.push_image(repository, "v1")
    then = moment(clock)
    clock.advance(seconds=1)
    owner.delete(repository, "v1")
    clock.advance(hours=2)
    assert call(owner, "PUT", f"/organization/{organization}", {"tag_expiration_s": 3600}).status == 200

    assert restore(owner, repository, "v1", lost.digest).status == 404
    assert call(owner, "GET", f"{path(repository, 'at')}?time={then}").status == 400
    assert not history(owner, repository, "v1")[0]["can_restore"]
    assert call(owner, "PUT", f"/organization/{organization}", {"tag_expiration_s": 14 * 86400}).status == 200
    assert restore(owner, repository, "v1", lost.digest).status == 200
    assert owner.call("GET", "/config").json["config"]["TAG_EXPIRATION_OPTIONS"] == ["0s", "1d", "1w", "2w", "4w"]
