"""Bring a database to this version's schema: forward only, in one transaction, one process at a time."""

import sqlite3
from importlib import import_module
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url

from pierhead.platform.database.connections import create_engine
from pierhead.platform.errors import Unavailable

_FOLDER = Path(__file__).parent
_ADVISORY_LOCK = 0x5049_4552  # any number that only Pierhead uses


def head_revision() -> str:
    """The newest revision that this version knows. Revisions are numbered, so that no script needs to be read for it."""
    return max(file.name.split("_", 1)[0] for file in (_FOLDER / "versions").glob("[0-9]*.py"))


def upgrade(url: str) -> bool:
    """Apply what is missing; whether anything was. A SQLite file that changes is copied first, beside itself.

    Raises Unavailable when the database was made by a newer version or does not answer.
    """
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            revision = current_revision(connection)
            head = head_revision()
            if revision == head:
                return False
            if revision is not None and revision > head:
                raise Unavailable(
                    f"The database has revision {revision}, which is newer than this version of Pierhead ({head}). Please upgrade Pierhead."
                )
            if revision is not None:
                _back_up(engine, revision)
            _run(connection)
            return True
    except sqlalchemy.exc.OperationalError as error:
        raise Unavailable(f"The database does not answer: {str(error.orig).strip().splitlines()[0]}") from error
    finally:
        engine.dispose()


def current_revision(connection: Connection) -> str | None:
    """The revision of the database, None when it is empty."""
    if not sqlalchemy.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return revision


def _run(connection: Connection) -> None:
    # Alembic is loaded only where something has to be done: it would be a quarter of every start.
    config = import_module("alembic.config").Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        # Tables are rebuilt by copying; that must not cascade.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
    try:
        if not is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        import_module("alembic.command").upgrade(config, "head")
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise


def _back_up(engine: Engine, revision: str) -> None:
    path = make_url(str(engine.url)).database
    if engine.dialect.name != "sqlite" or not path:
        return
    source, target = sqlite3.connect(path), sqlite3.connect(f"{path}.before-{revision}")
    try:
        source.backup(target)
    finally:
        target.close()
        source.close()
