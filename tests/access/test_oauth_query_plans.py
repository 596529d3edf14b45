"""Every look at OAuth tokens goes by an index (on SQLite, whose plans do not depend on the rows)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection

from pierhead.access.store import oauth_applications, oauth_assignments, oauth_tokens
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database, UnitOfWork

_NOW = ManualClock().now()
_LOOKS: dict[str, Callable[[Connection], object]] = {
    "a token by its secret": lambda connection: oauth_tokens.find_by_secret(connection, b"x" * 32),
    "a token by its uuid": lambda connection: oauth_tokens.find_by_uuid(connection, "uuid"),
    "a code": lambda connection: oauth_tokens.find_code(connection, b"x" * 32),
    "tokens of an application": lambda connection: oauth_tokens.list_of_application(connection, 1, after_id=7, maximum=51),
    "what a user gave": lambda connection: oauth_tokens.list_authorizations(connection, 1, _NOW, 51),
    "what a user gave to one application": lambda connection: oauth_tokens.list_granted(connection, 1, 1, _NOW),
    "one of what a user gave": lambda connection: oauth_tokens.find_authorization(connection, 1, "uuid", _NOW),
    "what a user was assigned": lambda connection: oauth_assignments.list_of_user(connection, 1, 51),
    "applications of an organization": lambda connection: oauth_applications.list_of_namespace(connection, 1),
    "an application": lambda connection: oauth_applications.find(connection, "CLIENT"),
    "codes that are over": lambda connection: oauth_tokens.delete_old_codes(connection, _NOW),
}


@pytest.mark.parametrize("look", _LOOKS.values(), ids=list(_LOOKS))
def test_a_look_scans_no_table(database: Database, look: Callable[[Connection], object]) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by the number of rows")

    def explain(work: UnitOfWork) -> list[str]:
        driver: Any = work.connection.connection.driver_connection
        statements: list[str] = []
        driver.set_trace_callback(statements.append)
        look(work.connection)
        driver.set_trace_callback(None)
        (statement,) = [statement for statement in statements if "oauth_" in statement]
        return [row[-1] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}")]

    plan = database.write_now(explain)
    assert plan
    assert not [step for step in plan if step.startswith("SCAN")], plan
