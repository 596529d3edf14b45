"""How connections are opened on each engine, and what a driver's errors mean."""

import sqlite3
from typing import Any, Literal, overload

import psycopg
import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from pierhead.platform.errors import Invalid, StorageFull, Unavailable

_BUSY_MILLISECONDS = 30_000


def create_engine(url: str, *, synchronous: str = "FULL") -> Engine:
    """An engine whose connections never begin a transaction by themselves."""
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", pool_size=64, max_overflow=-1, **_options(url))
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def prepare(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
            for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", "cache_size=-8192"):
                connection.execute(f"PRAGMA {pragma}")

    return engine


def _options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"check_same_thread": False, "cached_statements": 512}}
    return {"connect_args": {"connect_timeout": 10, "prepare_threshold": 2}}


def driver_error(error: BaseException) -> BaseException:
    """The driver's own error under SQLAlchemy's wrapping."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def is_broken(connection: Connection, error: BaseException) -> bool:
    """Whether the connection is of no more use."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    driver = None if connection.invalidated or connection.closed else connection.connection.driver_connection
    return driver is None or bool(getattr(driver, "closed", False))


def must_run_again(error: BaseException) -> bool:
    """Whether PostgreSQL chose this transaction as the victim of a deadlock or of a serialization conflict."""
    return isinstance(driver_error(error), psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure)


@overload
def translate(error: BaseException, *, reraise: Literal[False]) -> BaseException: ...
@overload
def translate(error: BaseException, *, reraise: Literal[True] = True) -> None: ...
def translate(error: BaseException, *, reraise: bool = True) -> BaseException | None:
    """Raise (or return) the error of our own tree that the driver's error means; others are left as they are.

    A full disk becomes StorageFull; a locked, lost or overloaded database becomes Unavailable; a value that the engine takes for no
    text or number of its column becomes Invalid, since only a caller can have brought it.
    """
    original = driver_error(error)
    meaning: BaseException | None = None
    if isinstance(original, sqlite3.OperationalError):
        code = getattr(original, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            meaning = StorageFull()
        elif code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            meaning = Unavailable("The database is busy. Please try again.")
        elif code == sqlite3.SQLITE_CANTOPEN:
            meaning = Unavailable("The database file cannot be opened.")
    elif isinstance(original, psycopg.DataError):
        meaning = Invalid("The request holds a value that cannot be stored.")
    elif isinstance(original, psycopg.errors.DiskFull):
        meaning = StorageFull()
    elif isinstance(original, psycopg.OperationalError):
        meaning = Unavailable("The database does not answer. Please try again.")
    if meaning is not None:
        meaning.__cause__ = error
        if reraise:
            raise meaning
        return meaning
    return None if reraise else error
