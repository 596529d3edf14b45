"""Writes millions of rows into a database that is new: without safety nets, and with the large tables' indexes built at the end."""

import itertools
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import psycopg
from psycopg import sql

from bench.errors import BenchError
from bench.seeding import Company, Table
from pierhead.platform.database import migrations

_BATCH = 20_000
_SAY_EVERY_SECONDS = 10
_MANY_ROWS = 500_000
Say = Callable[[str], None]


class Loader(Protocol):
    """One database, open for bulk loading."""

    def is_empty(self) -> bool: ...
    def load(self, table: Table, batches: Iterable[Sequence[tuple[Any, ...]]]) -> None: ...
    def finish(self, tables: Sequence[Table]) -> None: ...


def seed(url: str, company: Company, say: Say) -> None:
    """Make the schema in an empty database and fill it. Raises BenchError when there are accounts already."""
    migrations.upgrade(url)
    with _open(url) as loader:
        if not loader.is_empty():
            raise BenchError("the database holds accounts already; seed an empty one")
        tables = company.tables()
        for table in tables:
            began = time.monotonic()
            loader.load(table, _batches(table, say))
            say(f"{table.name}: about {table.count:,} rows in {time.monotonic() - began:.0f} s")
        loader.finish(tables)


def _batches(table: Table, say: Say) -> Iterator[Sequence[tuple[Any, ...]]]:
    said, done, rows = time.monotonic(), 0, table.rows()
    while batch := list(itertools.islice(rows, _BATCH)):
        yield batch
        done += len(batch)
        if time.monotonic() - said > _SAY_EVERY_SECONDS:
            said = time.monotonic()
            say(f"{table.name}: {done:,} of {table.count:,}")


@contextmanager
def _open(url: str) -> Iterator[Loader]:
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        try:
            yield _Sqlite(connection)
        finally:
            connection.close()
    else:
        with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True) as server:
            yield _Postgresql(server)


class _Sqlite:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        for pragma in ("synchronous=OFF", "cache_size=-400000", "temp_store=FILE", "foreign_keys=OFF"):
            connection.execute(f"PRAGMA {pragma}")

    def is_empty(self) -> bool:
        return self._connection.execute("SELECT 1 FROM account LIMIT 1").fetchone() is None

    def load(self, table: Table, batches: Iterable[Sequence[tuple[Any, ...]]]) -> None:
        again = self._drop_indexes(table.name) if table.count >= _MANY_ROWS else []
        marks = ", ".join("?" * len(table.columns))
        statement = f"INSERT OR IGNORE INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks})"
        for batch in batches:
            self._connection.execute("BEGIN")
            self._connection.executemany(statement, [tuple(map(_as_stored, row)) for row in batch])
            self._connection.execute("COMMIT")
        for index in again:
            self._connection.execute(index)

    def finish(self, tables: Sequence[Table]) -> None:
        self._connection.execute("PRAGMA analysis_limit=1000")
        self._connection.execute("ANALYZE")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _drop_indexes(self, table: str) -> list[str]:
        found = self._connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (table,)
        ).fetchall()
        for name, _ in found:
            self._connection.execute(f"DROP INDEX {name}")
        return [statement for _, statement in found]


class _Postgresql:
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '256MB'")

    def is_empty(self) -> bool:
        return self._connection.execute("SELECT 1 FROM account LIMIT 1").fetchone() is None

    def load(self, table: Table, batches: Iterable[Sequence[tuple[Any, ...]]]) -> None:
        again = self._drop_indexes(table.name) if table.count >= _MANY_ROWS else []
        columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for batch in batches:
                for row in batch:
                    copy.write_row(row)
        for index in again:
            self._connection.execute(index)
        if table.columns[0] == "id":
            # Whoever comes next gets the number behind the last one.
            self._connection.execute(
                sql.SQL("SELECT setval(pg_get_serial_sequence({name}, 'id'), (SELECT coalesce(max(id), 1) FROM {table}))").format(
                    name=sql.Literal(table.name), table=sql.Identifier(table.name)
                )
            )

    def finish(self, tables: Sequence[Table]) -> None:
        for table in tables:
            self._connection.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table.name)))

    def _drop_indexes(self, table: str) -> list[Any]:
        found = self._connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname LIKE 'ix\\_%%'", (table,)
        ).fetchall()
        for name, _ in found:
            self._connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        return [definition for _, definition in found]


def _as_stored(value: Any) -> Any:
    """Moments as the product writes them into SQLite: text in UTC."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value
