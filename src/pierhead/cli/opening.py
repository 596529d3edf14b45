"""What the commands of everyday administration work on: the data of the settings, brought to this version's schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pierhead.app import Core, build_core
from pierhead.cli.preparation import prepare_data
from pierhead.platform.clock import SystemClock
from pierhead.platform.database import Database
from pierhead.settings import load_settings


@contextmanager
def open_database(data: Path | None) -> Iterator[Database]:
    """The database alone. The server may run meanwhile."""
    settings = load_settings(data_dir=data)
    prepare_data(settings)
    database = Database(settings.database_url, clock=SystemClock(), read_threads=1, write_threads=1)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def open_core(data: Path | None) -> Iterator[Core]:
    """The database with the keys that open stored secrets. The server may run meanwhile."""
    settings = load_settings(data_dir=data)
    prepare_data(settings)
    core = build_core(settings)
    try:
        yield core
    finally:
        core.close()
