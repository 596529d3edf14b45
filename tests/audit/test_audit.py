"""Usage logs: what is recorded with a change, and pulls that are counted in memory."""

import asyncio
from datetime import datetime
from pathlib import Path

import pytest

from pierhead.access.model.identity import ANONYMOUS, Identity, IdentityKind
from pierhead.audit import store
from pierhead.audit.model import LogEntry, LogKind
from pierhead.audit.pulls import PullAggregator
from pierhead.audit.record import record
from pierhead.platform.clock import ManualClock, SystemClock
from pierhead.platform.database import Database, UnitOfWork
from pierhead.platform.errors import PierheadError

ADA = Identity(IdentityKind.USER, "ada", user_id=7, reference="5ad4")
DIGEST = "sha256:" + "a" * 64


def entries(database: Database, namespace_id: int) -> list[LogEntry]:
    def read(work: UnitOfWork) -> list[LogEntry]:
        return store.list_entries_of_namespace(work.connection, namespace_id, 100)

    return database.read_now(read)


def pulls(database: Database, repository_id: int, tag: str) -> tuple[int, datetime | None]:
    def read(work: UnitOfWork) -> tuple[int, datetime | None]:
        return store.find_pulls(work.connection, repository_id, tag)

    return database.read_now(read)


def test_an_entry_tells_who_did_what_when_and_from_where(database: Database, clock: ManualClock) -> None:
    database.write_now(
        record, ADA, LogKind.DELETE_TAG, namespace_id=7, repository_id=70, address="192.0.2.1", tag="v1", manifest_digest=None
    )

    assert entries(database, 7) == [LogEntry("delete_tag", 7, 70, "user", "ada", "192.0.2.1", {"tag": "v1"}, clock.now())]


def test_an_entry_shares_the_fate_of_its_change(database: Database) -> None:
    def change(work: UnitOfWork) -> None:
        record(work, ADA, LogKind.CREATE_REPO, namespace_id=7)
        raise PierheadError("no")

    with pytest.raises(PierheadError):
        database.write_now(change)
    assert entries(database, 7) == []


def test_the_newest_entries_come_first(database: Database, clock: ManualClock) -> None:
    for kind in (LogKind.CREATE_REPO, LogKind.PUSH_REPO, LogKind.DELETE_REPO):
        database.write_now(record, ANONYMOUS, kind, namespace_id=7)
        clock.advance(seconds=1)

    assert [entry.kind for entry in entries(database, 7)] == ["delete_repo", "push_repo", "create_repo"]


def test_pulls_are_written_as_one_entry_for_each_who_and_what(database: Database, clock: ManualClock) -> None:
    aggregator = PullAggregator()
    for _ in range(3):
        aggregator.count(7, 70, "v1", DIGEST, ADA, "192.0.2.1")
    aggregator.count(7, 70, "v1", DIGEST, ANONYMOUS)
    aggregator.count(7, 70, None, DIGEST, ANONYMOUS)

    assert asyncio.run(aggregator.flush(database)) == 5
    assert asyncio.run(aggregator.flush(database)) == 0
    written = {(entry.performer_name, entry.metadata.get("tag")): entry.metadata for entry in entries(database, 7)}
    assert written == {
        ("ada", "v1"): {"count": 3, "tag": "v1", "manifest_digest": DIGEST},
        (None, "v1"): {"count": 1, "tag": "v1", "manifest_digest": DIGEST},
        (None, None): {"count": 1, "manifest_digest": DIGEST},
    }
    assert pulls(database, 70, "v1") == (4, clock.now())
    assert pulls(database, 70, "") == (1, clock.now())
    assert pulls(database, 70, "v2") == (0, None)


def test_later_pulls_are_added_to_the_counters(database: Database, clock: ManualClock) -> None:
    aggregator = PullAggregator()
    for _ in range(2):
        aggregator.count(7, 70, "v1", DIGEST, ADA)
        asyncio.run(aggregator.flush(database))
        clock.advance(seconds=10)

    assert pulls(database, 70, "v1")[0] == 2


def test_a_full_aggregator_keeps_the_counters_and_forgets_who_it_was(database: Database) -> None:
    aggregator = PullAggregator(capacity=2)
    for number in range(10):
        aggregator.count(7, 70, "v1", DIGEST, Identity(IdentityKind.USER, f"u{number}", reference=str(number)))
    for number in range(10):
        aggregator.count(7, 70, f"t{number}", DIGEST, ADA)

    assert len(aggregator) == 4
    assert aggregator.uncounted == 9
    assert asyncio.run(aggregator.flush(database)) == 11
    assert pulls(database, 70, "v1")[0] == 10


def test_pulls_that_could_not_be_written_are_kept(database: Database, tmp_path: Path) -> None:
    aggregator = PullAggregator()
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}", clock=SystemClock())
    aggregator.count(7, 70, "v1", DIGEST, ADA)
    with pytest.raises(Exception, match="no such table"):
        asyncio.run(aggregator.flush(empty))
    empty.close()
    aggregator.count(7, 70, "v1", DIGEST, ADA)

    assert asyncio.run(aggregator.flush(database)) == 2
