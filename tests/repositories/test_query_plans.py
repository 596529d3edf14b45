"""Lists of repositories look at what was granted, never at every repository (on SQLite, whose plans do not depend on the rows)."""

import itertools
import re
from typing import Any

import pytest

from pierhead.platform.database import Database, UnitOfWork
from pierhead.repositories.model import RepositoryKind
from pierhead.repositories.store import lists

_SCAN = re.compile(r"SCAN (?!anon_)")  # the results of subqueries are walked through, tables are not


@pytest.mark.parametrize("flags", list(itertools.product((False, True), repeat=3)))
def test_a_page_of_a_list_scans_no_table(database: Database, flags: tuple[bool, bool, bool]) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by the number of rows")
    in_namespace, starred, with_public = flags

    def explain(work: UnitOfWork) -> list[str]:
        driver: Any = work.connection.connection.driver_connection
        statements: list[str] = []
        driver.set_trace_callback(statements.append)
        lists.list_page(
            work.connection,
            user="ada",
            namespace="harbour" if in_namespace else None,
            starred=starred,
            with_public=with_public,
            kind=RepositoryKind.IMAGE,
            after_id=0,
            maximum=101,
        )
        driver.set_trace_callback(None)
        (statement,) = statements
        return [row[-1] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}")]

    plan = database.read_now(explain)
    assert plan
    assert not [step for step in plan if _SCAN.match(step)], plan
