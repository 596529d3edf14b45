"""The collector finds what is due by an index, however much there is (on SQLite, whose plans do not depend on the rows)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection

from pierhead.platform.database import Database, UnitOfWork
from pierhead.registry.store.collector import blobs, ended_tags, manifests
from pierhead.registry.store.collector.blobs import HeldBlob, UnusedBlob
from pierhead.registry.store.collector.manifests import Candidate

_SCAN = re.compile(r"SCAN (?!anon_)(?!.*USING (COVERING )?INDEX ix_\w+)")  # an index of what is due may be walked through
_CANDIDATE = Candidate(1, 1, "sha256:a", "sha512:a", "sha256:b", None)
_HELD = HeldBlob(1, 1, 1, 1)

QUERIES: dict[str, Callable[[Connection], object]] = {
    "due repositories": lambda c: ended_tags.list_due_repositories(c, now_ms=1, maximum=1),
    "ended tags": lambda c: ended_tags.remove_ended_tags(c, 1, ended_by_ms=1, maximum=1),
    "the next end": lambda c: ended_tags.find_next_end(c, 1),
    "a note": lambda c: ended_tags.note_ended_tag(c, 1),
    "notes of a manifest": lambda c: ended_tags.note_ended_tags_of_manifest(c, 1),
    "notes of a repository": lambda c: ended_tags.note_ended_tags_of_repository(c, 1),
    "due manifests": lambda c: manifests.list_due_manifests(c, now_ms=1, maximum=1),
    "what keeps a manifest": lambda c: manifests.is_needed(c, _CANDIDATE),
    "a manifest that goes": lambda c: manifests.remove_manifest(c, _CANDIDATE, now_ms=1, until_ms=1),
    "due blobs of repositories": lambda c: blobs.list_due_holdings(c, now_ms=1, maximum=1),
    "whether a repository uses a blob": lambda c: blobs.is_used(c, 1, 1),
    "a blob that a repository lets go of": lambda c: blobs.unlink_holding(c, _HELD),
    "unused blobs": lambda c: blobs.list_unused(c, now_ms=1, maximum=1),
    "whether a blob is held": lambda c: blobs.is_held(c, 1),
    "a blob that goes": lambda c: blobs.remove_blob(c, UnusedBlob(1, 1, "key"), due_ms=1),
    "due bytes": lambda c: blobs.list_due_bytes(c, now_ms=1, maximum=1),
}


@pytest.mark.parametrize("query", QUERIES)
def test_nothing_is_found_by_looking_at_everything(database: Database, query: str) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by the number of rows")

    def explain(work: UnitOfWork) -> list[str]:
        driver: Any = work.connection.connection.driver_connection
        statements: list[str] = []
        driver.set_trace_callback(statements.append)
        QUERIES[query](work.connection)
        driver.set_trace_callback(None)
        own = [statement for statement in statements if not statement.startswith("--")]  # not what foreign keys do
        return [row[-1] for statement in own for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}")]

    plan = database.write_now(explain)
    assert plan
    assert not [step for step in plan if _SCAN.match(step)], plan
