"""Transactions of a push and of the collector that are open at the same time. SQLite has one writer; PostgreSQL has locks."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database, UnitOfWork
from pierhead.registry.collector import remove_blobs, remove_manifests
from pierhead.registry.model.manifests import parse_manifest
from pierhead.registry.model.names import TagName
from pierhead.registry.push_manifest import ManifestPush, add_manifest
from pierhead.registry.store import blobs as blob_store
from pierhead.repositories import records
from tests.registry.client import Client, Server
from tests.registry.collector.conftest import GRACE, HOLD, WINDOW, Collector
from tests.registry.content import digest_of
from tests.registry.people import People

_SECONDS = 30  # for whoever has to come


@pytest.fixture(autouse=True)
def only_postgresql(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer")


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


class OpenTransaction:
    """Runs a verb in a transaction that stays open until it is told to end."""

    def __init__(self, threads: ThreadPoolExecutor, database: Database, verb: Callable[..., Any], *args: Any) -> None:
        self._may_end = threading.Event()
        self._is_open = threading.Event()

        def run(work: UnitOfWork) -> Any:
            result = verb(work, *args)
            self._is_open.set()
            assert self._may_end.wait(_SECONDS)
            return result

        self._result = threads.submit(database.write_now, run)
        assert self._is_open.wait(_SECONDS)

    def end(self) -> Any:
        self._may_end.set()
        return self._result.result(_SECONDS)


def await_waiting(database: Database) -> None:
    """Until a transaction waits for the lock of another one."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    while not database.read_now(lambda work: work.connection.execute(waiting).scalar_one()):
        pass


def let_fade(collector: Collector, clock: ManualClock, *, graces: int) -> None:
    """Until the intervals, then the manifests, then the blobs of what was deleted are about to go."""
    clock.advance(seconds=HOLD + WINDOW)
    for _ in range(graces):
        collector.run()
        clock.advance(seconds=GRACE)


def push(owner: Client, repository: str, content: bytes) -> int:
    """The status of a push of a blob, from a thread."""
    digest = digest_of(content)
    return owner.server.run(owner.send("POST", f"/v2/{repository}/blobs/uploads/?digest={digest}", body=content)).status


def test_a_blob_that_is_pushed_while_its_row_goes_is_stored_anew(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, server: Server, threads: ThreadPoolExecutor
) -> None:
    """The upload waits for the row's lock, finds the row gone, and makes its own."""
    image = owner.push_image(repository, "v1")
    owner.delete(repository, "v1")
    let_fade(collector, clock, graces=2)
    database = server.core.database
    held = [each for each, is_used in database.read_now(remove_blobs.list_due_holdings, 10) if not is_used]
    assert database.write_now(remove_blobs.unlink_holdings, held[0].repository_id, held, collector.limits) == 2
    due = database.read_now(remove_blobs.list_unused_blobs, 10)

    collecting = OpenTransaction(threads, database, remove_blobs.remove_blobs, due, collector.limits)
    pushing: Future[int] = threads.submit(push, owner, repository, image.blobs[0])
    await_waiting(database)
    assert collecting.end().blobs == 2

    assert pushing.result(_SECONDS) == 201
    assert owner.blob(repository, digest_of(image.blobs[0])).body == image.blobs[0]
    collector.run_to_the_end()
    collector.check_storage()


def test_a_blob_whose_row_a_push_has_locked_is_passed_over(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, server: Server, people: People, threads: ThreadPoolExecutor
) -> None:
    image = owner.push_image(repository, "v1")
    owner.delete(repository, "v1")
    let_fade(collector, clock, graces=2)
    database, other = server.core.database, people.repository(owner)
    held = [each for each, is_used in database.read_now(remove_blobs.list_due_holdings, 10) if not is_used]
    database.write_now(remove_blobs.unlink_holdings, held[0].repository_id, held, collector.limits)
    due = database.read_now(remove_blobs.list_unused_blobs, 10)

    def take(work: UnitOfWork) -> None:
        target = records.find_repository(work, other)
        assert target is not None
        stored = blob_store.insert_blob(
            work.connection, sha256=digest_of(image.blobs[0]), sha512=None, size_bytes=1, storage_key="never", now_ms=work.now_ms
        )
        blob_store.hold_blob(work.connection, target.id, stored.id, until_ms=work.now_ms + HOLD * 1000)

    pushing = OpenTransaction(threads, database, take)
    assert database.write_now(remove_blobs.remove_blobs, due, collector.limits).blobs == 1
    pushing.end()

    assert not any(collector.run())
    assert owner.blob(other, digest_of(image.blobs[0])).body == image.blobs[0]


def test_a_blob_that_is_held_while_a_repository_lets_go_of_it_stays_there(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, server: Server, threads: ThreadPoolExecutor
) -> None:
    """The upload waits for the collector, and gives the repository the blob again."""
    image = owner.push_image(repository, "v1")
    owner.delete(repository, "v1")
    let_fade(collector, clock, graces=2)
    database = server.core.database
    held = [each for each, is_used in database.read_now(remove_blobs.list_due_holdings, 10) if not is_used]

    collecting = OpenTransaction(threads, database, remove_blobs.unlink_holdings, held[0].repository_id, held, collector.limits)
    pushing: Future[int] = threads.submit(push, owner, repository, image.blobs[0])
    await_waiting(database)
    assert collecting.end() == 2

    assert pushing.result(_SECONDS) == 201
    collector.run()
    assert owner.blob(repository, digest_of(image.blobs[0])).body == image.blobs[0]


def test_a_manifest_that_is_pushed_while_it_goes_comes_back_with_its_edges(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, server: Server, threads: ThreadPoolExecutor
) -> None:
    """The push waits for the repository's lock."""
    image = owner.push_image(repository, "v1")
    owner.delete(repository, "v1")
    let_fade(collector, clock, graces=1)
    database = server.core.database
    ((repository_id, manifest_id),) = database.read_now(remove_manifests.list_due_manifests, 10)

    collecting = OpenTransaction(threads, database, remove_manifests.remove_manifests, repository_id, [manifest_id], collector.limits)
    pushing = threads.submit(owner.push_manifest, repository, "again", image.content)
    await_waiting(database)
    assert collecting.end().manifests == 1

    assert pushing.result(_SECONDS).status == 201
    collector.run_to_the_end()
    assert owner.pull(repository, "again").body == image.content
    assert [owner.blob(repository, digest_of(content)).body for content in image.blobs] == list(image.blobs)
    collector.check_storage()


def test_a_manifest_that_a_tag_is_being_pointed_at_stays(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, server: Server, threads: ThreadPoolExecutor
) -> None:
    """The collector waits for the repository's lock, looks again, and finds the tag."""
    image = owner.push_image(repository)
    clock.advance(seconds=HOLD)
    database = server.core.database
    ((repository_id, manifest_id),) = database.read_now(remove_manifests.list_due_manifests, 10)
    push = ManifestPush(parse_manifest(image.media_type, image.content), image.content, None, (TagName("v1"),))

    def point(work: UnitOfWork) -> None:
        found = records.find_repository(work, repository)
        assert found is not None
        add_manifest(work, found, push, moved_by=owner.name, hold_seconds=HOLD)

    pushing = OpenTransaction(threads, database, point)
    collecting = threads.submit(database.write_now, remove_manifests.remove_manifests, repository_id, [manifest_id], collector.limits)
    await_waiting(database)
    pushing.end()

    assert collecting.result(_SECONDS).manifests == 0
    assert owner.pull(repository, "v1").body == image.content
