"""The condition a database is in, for people who look for a fault: does it answer, which version, which schema."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from pierhead.platform.database.connections import create_engine, driver_error
from pierhead.platform.database.migrations import current_revision, head_revision
from pierhead.platform.errors import Unavailable

_VERSION = {"sqlite": "SELECT sqlite_version()", "postgresql": "SHOW server_version"}
_MOMENT = {"sqlite": "SELECT (julianday('now') - 2440587.5) * 86400", "postgresql": "SELECT extract(epoch FROM clock_timestamp())"}


@dataclass(frozen=True, slots=True)
class DatabaseCondition:
    """What a database says about itself. `revision` is its schema's, None while it is empty; `newest` is the one this version needs."""

    engine: str
    version: str
    moment: datetime
    revision: str | None
    newest: str


def examine_database(url: str) -> DatabaseCondition:
    """Ask the database on a connection of its own. Raises Unavailable with the driver's reason. A missing SQLite file is created."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return _examine(connection)
    except SQLAlchemyError as error:
        reason = str(driver_error(error)).strip().splitlines()
        raise Unavailable(f"The database does not answer: {reason[0] if reason else type(error).__name__}") from error
    finally:
        engine.dispose()


def _examine(connection: Connection) -> DatabaseCondition:
    name = connection.dialect.name
    version = str(connection.exec_driver_sql(_VERSION[name]).scalar_one()).split(" ", maxsplit=1)[0]
    moment = datetime.fromtimestamp(float(connection.exec_driver_sql(_MOMENT[name]).scalar_one()), UTC)
    return DatabaseCondition(name, version, moment, current_revision(connection), head_revision())
