"""A collector that dies: after each of its transactions, in the middle of one, and before and behind the deletion of bytes."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, cast

import pytest

from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database, UnitOfWork
from tests.registry.client import Client, Server
from tests.registry.collector.conftest import GRACE, HOLD, WINDOW, Collector
from tests.registry.content import digest_of, fresh, make_image, make_index
from tests.registry.people import People

_ROUNDS = 10  # each behind a hold, a window and a grace
_DEATHS = 1000  # more than a round can die


class Killed(Exception):
    """The process ends here."""


class FragileStore:
    """Dies at a deletion, before the bytes are gone or behind."""

    def __init__(self, store: BlobStore, *, deletes_first: bool) -> None:
        self._store = store
        self._deletes_first = deletes_first

    def delete(self, keys: Iterable[str]) -> None:
        if self._deletes_first:
            self._store.delete(list(keys))
        raise Killed


class FragileDatabase:
    """Every third transaction breaks off behind its last statement, so that each round comes one step further."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.calls = 0
        self.read_now = database.read_now

    def write_now(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.calls += 1

        def break_off(work: UnitOfWork) -> None:
            verb(work, *args, **kwargs)
            raise Killed

        if self.calls % 3 == 0:
            return self._database.write_now(break_off)
        return self._database.write_now(verb, *args, **kwargs)


class Story:
    """One image that stays under a tag, and all kinds that go: images, a list with a child, a referrer, a shared layer."""

    def __init__(self, owner: Client, repository: str, people: People) -> None:
        self._owner, self._repository, self._people = owner, repository, people
        shared = fresh()
        self._kept = owner.push_image(repository, "kept", make_image(layers=[shared]))
        self._gone = [owner.push_image(repository, f"v{number}", make_image(layers=[shared, fresh()])) for number in range(4)]
        child = owner.push_image(repository)
        self._gone += [child, owner.push_image(repository, "list", make_index([child.descriptor()]))]
        self._gone.append(owner.push_image(repository, None, make_image(subject=self._gone[0].descriptor())))
        for tag in ("v0", "v1", "v2", "list"):
            owner.delete(repository, tag)
        owner.push_image(repository, "v3", self._kept)

    @property
    def freed_bytes(self) -> int:
        """What goes, all in all."""
        return sum(len(content) for image in self._gone for content in image.blobs if content not in self._kept.blobs)

    def check_end(self, collector: Collector) -> None:
        """What stays is whole, what goes is gone, and the figures say so."""
        owner, repository = self._owner, self._repository
        assert owner.pull(repository, "kept").body == self._kept.content
        assert [owner.blob(repository, digest_of(content)).body for content in self._kept.blobs] == list(self._kept.blobs)
        assert {owner.pull(repository, image.digest).status for image in self._gone} == {404}
        assert self._people.size_of(repository) == sum(map(len, self._kept.blobs))
        reclaimed = collector.figures().reclaimed
        assert (reclaimed.manifests, reclaimed.freed_bytes) == (len(self._gone), self.freed_bytes)
        collector.check_storage()


@pytest.fixture
def story(owner: Client, repository: str, people: People) -> Story:
    return Story(owner, repository, people)


def run_until_it_lives(run: Callable[[], object]) -> int:
    """Begin a round again and again until one comes to its end; how many died."""
    for deaths in range(_DEATHS):
        try:
            run()
        except Killed:
            continue
        return deaths
    raise AssertionError("a round that dies at each place comes no further")


def test_a_collector_that_dies_after_every_single_transaction_comes_to_the_same_end(
    story: Story, collector: Collector, clock: ManualClock
) -> None:
    over_bytes = itertools.count()

    def die(step: str) -> None:
        # Bytes are deleted before the transaction that says so: whoever always died between the two would come no further.
        if step != "deleted" or next(over_bytes) % 2 == 0:
            raise Killed

    deaths = 0
    for _ in range(_ROUNDS):
        clock.advance(seconds=HOLD + WINDOW + GRACE)
        deaths += run_until_it_lives(lambda: collector.run(die))

    assert deaths > len(("tags", "manifests", "settled", "holdings", "blobs", "deleted", "bytes"))
    story.check_end(collector)


@pytest.mark.parametrize("deletes_first", [True, False])
def test_bytes_go_with_the_next_round_when_one_dies_over_them(
    story: Story, collector: Collector, clock: ManualClock, server: Server, deletes_first: bool
) -> None:
    fragile = cast(BlobStore, FragileStore(server.core.blobs, deletes_first=deletes_first))
    deaths = 0
    for _ in range(_ROUNDS):
        clock.advance(seconds=HOLD + WINDOW + GRACE)
        try:
            collector.run(blobs=fragile)
        except Killed:
            deaths += 1

    assert deaths > 0
    collector.run_to_the_end()
    story.check_end(collector)


def test_a_transaction_whose_time_is_over_ends_after_one_row_and_the_round_goes_on(
    story: Story, collector: Collector, clock: ManualClock
) -> None:
    for _ in range(_ROUNDS):
        clock.advance(seconds=HOLD + WINDOW + GRACE)
        collector.run(limits=replace(collector.limits, batch=100, transaction_ms=0))

    story.check_end(collector)


def test_a_transaction_that_breaks_off_has_done_nothing(story: Story, collector: Collector, clock: ManualClock, server: Server) -> None:
    fragile = FragileDatabase(server.core.database)
    for _ in range(_ROUNDS):
        clock.advance(seconds=HOLD + WINDOW + GRACE)
        run_until_it_lives(lambda: collector.run(database=cast(Database, fragile)))

    story.check_end(collector)
