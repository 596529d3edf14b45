"""The history of a tag: intervals that touch and never overlap (tags-and-gc 1 and 9)."""

import asyncio

import pytest
from sqlalchemy import update

from pierhead.platform.clock import ManualClock, to_milliseconds
from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.tags import TagInterval
from pierhead.registry.store.tags import list_history
from pierhead.registry.tables import tag
from pierhead.repositories import records
from tests.registry.client import Client
from tests.registry.conftest import NewServer
from tests.registry.content import Image, make_image


def read_history(client: Client, repository: str, name: str = "v1") -> list[TagInterval]:
    """The oldest first."""

    def read(work: UnitOfWork) -> list[TagInterval]:
        found = records.find_repository(work, repository)
        assert found is not None
        return list_history(work.connection, found.id, name)

    return list(reversed(client.server.core.database.read_now(read)))


def test_every_push_and_deletion_is_an_interval(owner: Client, repository: str, clock: ManualClock) -> None:
    """Push, push the same, push another, delete, push again: exact touching times, and a gap only where the tag was gone."""
    times: list[int] = []

    def tick() -> None:
        clock.advance(seconds=1.5)
        times.append(to_milliseconds(clock.now()))

    first, second = make_image(), make_image()
    for image in (first, first, second):
        tick()
        owner.push_image(repository, "v1", image)
    tick()
    owner.delete(repository, "v1")
    tick()
    owner.push_image(repository, "v1", first)

    t1, t2, t3, gone, back = times
    assert [(entry.digest, entry.start_ms, entry.end_ms) for entry in read_history(owner, repository)] == [
        (first.digest, t1, t2),
        (first.digest, t2, t3),
        (second.digest, t3, gone),
        (first.digest, back, None),
    ]


def test_deleting_a_manifest_ends_the_intervals_of_its_tags(owner: Client, repository: str, clock: ManualClock) -> None:
    image = owner.push_image(repository, "v1")
    owner.push_image(repository, "v2", image)
    clock.advance(seconds=5)
    owner.delete(repository, image.digest)

    for name in ("v1", "v2"):
        assert [entry.end_ms for entry in read_history(owner, repository, name)] == [to_milliseconds(clock.now())]


def test_several_tags_of_one_push_begin_at_the_same_moment(owner: Client, repository: str) -> None:
    image = owner.push_image(repository)
    owner.push_manifest(repository, f"{image.digest}?tag=a&tag=b", image.content)

    starts = {entry.start_ms for name in "ab" for entry in read_history(owner, repository, name)}
    assert len(starts) == 1


def test_a_tag_that_expires_disappears_at_that_very_moment(owner: Client, repository: str, clock: ManualClock) -> None:
    """Tags-and-gc 9: no job is needed."""
    image = owner.push_image(repository, "v1")
    owner.push_image(repository, "keeps", image)
    end_ms = to_milliseconds(clock.now()) + 10_000

    def expire(work: UnitOfWork) -> None:
        found = records.find_repository(work, repository)
        assert found is not None
        work.connection.execute(update(tag).where(tag.c.repository_id == found.id, tag.c.name == "v1").values(end_ms=end_ms))

    owner.server.core.database.write_now(expire)
    clock.advance(seconds=9.999)
    assert owner.pull(repository, "v1").status == 200
    assert owner.tags(repository).json["tags"] == ["keeps", "v1"]
    clock.advance(seconds=0.001)
    assert owner.pull(repository, "v1").codes == ["TAG_EXPIRED"]
    assert owner.tags(repository).json["tags"] == ["keeps"]
    owner.push_image(repository, "v1", image)
    assert [(entry.start_ms, entry.end_ms) for entry in read_history(owner, repository)][1:] == [(end_ms, None)]


@pytest.mark.parametrize("processes", [1, 2])
def test_pushes_of_one_tag_at_once_make_one_history_without_gap(
    owner: Client, repository: str, new_server: NewServer, processes: int
) -> None:
    """Registry-protocol 9.3, over one process and over two."""
    images: list[Image] = [owner.push_image(repository) for _ in range(10)]
    callers = [owner, owner.at(new_server())][:processes]

    async def push_all() -> list[int]:
        pushes = [
            callers[number % processes].send(
                "PUT", f"/v2/{repository}/manifests/v1", body=image.content, headers={"content-type": image.media_type}
            )
            for number, image in enumerate(images)
        ]
        return [answer.status for answer in await asyncio.gather(*pushes)]

    assert owner.server.run(push_all()) == [201] * 10
    history = read_history(owner, repository)
    assert {entry.digest for entry in history} == {image.digest for image in images}
    assert [earlier.end_ms for earlier in history[:-1]] == [later.start_ms for later in history[1:]]
    assert history[-1].end_ms is None
    assert owner.pull(repository, "v1")["docker-content-digest"] == history[-1].digest


def test_a_clock_that_lags_behind_never_makes_intervals_overlap(owner: Client, repository: str, clock: ManualClock) -> None:
    """Two nodes whose clocks differ a little."""
    clock.advance(seconds=2)
    owner.push_image(repository, "v1")
    clock.advance(seconds=-1)
    owner.push_image(repository, "v1")
    clock.advance(seconds=1)

    first, second = read_history(owner, repository)
    assert first.end_ms == second.start_ms
    assert first.start_ms <= second.start_ms
    assert second.end_ms is None
