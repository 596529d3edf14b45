"""Usage logs: what is recorded with a change, and pulls that are counted in memory."""

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from pierhead.access.model.identity import ANONYMOUS, Identity, IdentityKind
from pierhead.audit import store
from pierhead.audit.jobs import RemoveOldLogEntries
from pierhead.audit.model import LogEntry, LogFilter, LogKind
from pierhead.audit.pulls import PullAggregator
from pierhead.audit.record import record
from pierhead.platform.clock import ManualClock, SystemClock
from pierhead.platform.database import Database, UnitOfWork
from pierhead.platform.errors import PierheadError
from pierhead.platform.jobs import JobContext

ADA = Identity(IdentityKind.USER, "ada", user_id=7, reference="5ad4")
DIGEST = "sha256:" + "a" * 64
NOW = ManualClock().now()


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


class Kept:
    """How long entries are kept, as a setting."""

    def __init__(self, days: int) -> None:
        self.log_kept_days = days


def run_removal(database: Database, days: int) -> None:
    context = JobContext(Kept(days), database, key="removal", attempt=1, stopping=threading.Event())
    RemoveOldLogEntries().run(context)


def test_entries_are_removed_when_they_are_older_than_the_setting_allows(database: Database, clock: ManualClock) -> None:
    aggregator = PullAggregator()
    aggregator.count(7, 70, "v1", DIGEST, ADA)
    asyncio.run(aggregator.flush(database))

    def write(work: UnitOfWork) -> None:
        for _ in range(1500):
            record(work, ADA, LogKind.CREATE_TAG, namespace_id=7)

    database.write_now(write)
    clock.advance(days=29)
    database.write_now(record, ADA, LogKind.DELETE_TAG, namespace_id=7)
    run_removal(database, 30)
    assert len(entries(database, 7)) == 100
    clock.advance(days=2)
    run_removal(database, 0)
    assert len(entries(database, 7)) == 100

    run_removal(database, 30)

    assert [entry.kind for entry in entries(database, 7)] == ["delete_tag"]
    assert pulls(database, 70, "v1")[0] == 1


def test_two_processes_count_the_alike_pulls_of_a_day_in_one_entry(database: Database) -> None:
    flushes = [PullAggregator(), PullAggregator()]
    for aggregator in flushes:
        for number in range(50):
            aggregator.count(7, 70, f"t{number}", DIGEST, ADA)

    async def flush() -> None:
        await asyncio.gather(*(aggregator.flush(database) for aggregator in flushes))

    asyncio.run(flush())

    assert [entry.metadata["count"] for entry in entries(database, 7)] == [2] * 50


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (LogFilter(NOW, NOW, namespace_id=7), "ix_audit_log_namespace_id_created_at"),
        (LogFilter(NOW, NOW, repository_id=70, performer="ada", kind="pull_repo", tag="v1"), "ix_audit_log_repository_id_created_at"),
        (LogFilter(NOW, NOW, with_service_keys=False), "ix_audit_log_created_at"),
    ],
)
def test_a_page_and_a_count_are_read_by_the_index_of_their_span(database: Database, wanted: LogFilter, index: str) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads a table of a few rows as a whole")
    page = explain(database, lambda work: store.list_entries(work.connection, wanted, None, 20))
    counts = explain(database, lambda work: store.count_by_day(work.connection, wanted))

    assert len(page) == 1, "sorted by the index, too"
    assert f"USING INDEX {index}" in page[0]
    assert f"USING INDEX {index}" in counts[0]


def explain(database: Database, read: Callable[[UnitOfWork], object]) -> list[str]:
    """The plan of the one statement that a query runs."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        seen.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    database.read_now(read)
    event.remove(database.engine, "before_cursor_execute", note)
    ((statement, parameters),) = seen
    rows = database.read_now(lambda work: work.connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters).all())
    return [row[3] for row in rows]
