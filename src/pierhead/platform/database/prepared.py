"""Statements for hot paths: built once with SQLAlchemy, run on the driver's own cursor.

SQLAlchemy's execution costs about four times the driver's; a pull asks one or two questions, so this is
where the time of a pull goes. Only columns whose driver form is already the wanted one (integers, text, bytes) belong in them.
"""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Connection, Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

_DIALECTS = {"sqlite": sqlite.dialect(paramstyle="named"), "postgresql": postgresql.dialect(paramstyle="pyformat")}  # type: ignore[no-untyped-call]


class Prepared:
    """One statement, compiled once for each engine. Rows are plain tuples in the order of the columns."""

    __slots__ = ("_compiled", "_statement")

    def __init__(self, statement: Executable) -> None:
        if not isinstance(statement, ClauseElement):
            raise TypeError("a prepared statement is made of a SQLAlchemy clause")
        self._statement = statement
        self._compiled: dict[str, tuple[str, dict[str, Any]]] = {}

    def _compile(self, engine: str) -> tuple[str, dict[str, Any]]:
        compiled = cast(SQLCompiler, self._statement.compile(dialect=_DIALECTS[engine]))
        # Literals written into the statement travel as parameters too; the required ones are the caller's.
        constants = {name: value for name, value in compiled.params.items() if not compiled.binds[name].required}
        self._compiled[engine] = (str(compiled), constants)
        return self._compiled[engine]

    def _execute(self, connection: Connection, parameters: dict[str, Any]) -> Any:
        engine = connection.dialect.name
        sql, constants = self._compiled.get(engine) or self._compile(engine)
        return connection.connection.driver_connection.execute(sql, {**constants, **parameters} if constants else parameters)  # type: ignore[union-attr]

    def all(self, connection: Connection, **parameters: Any) -> Sequence[tuple[Any, ...]]:
        """Every row."""
        rows: Sequence[tuple[Any, ...]] = self._execute(connection, parameters).fetchall()
        return rows

    def first(self, connection: Connection, **parameters: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        row: tuple[Any, ...] | None = self._execute(connection, parameters).fetchone()
        return row

    def run(self, connection: Connection, **parameters: Any) -> int:
        """Run a writing statement; how many rows it touched."""
        count: int = self._execute(connection, parameters).rowcount
        return count
