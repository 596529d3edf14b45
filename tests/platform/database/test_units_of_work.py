"""Units of work keep what they promise, on both engines."""

from sqlalchemy import text

from pierhead.platform.database import Database, UnitOfWork


def test_a_database_of_a_test_is_empty(database: Database) -> None:
    def count(work: UnitOfWork) -> int:
        return int(work.connection.execute(text("SELECT count(*) FROM account")).scalar_one())

    assert database.read_now(count) == 0
