"""The application over a new database of one engine, for the conftest of a room."""

import base64
from pathlib import Path

import pytest

from pierhead.platform.clock import Clock
from pierhead.settings import DatabaseSettings, RegistrySettings, Settings
from tests.registry.client import Server
from tests.services.databases import copy_sqlite
from tests.services.postgres import PostgresServer

_SECRET_KEY = base64.b64encode(bytes(range(32))).decode()


def open_server(request: pytest.FixtureRequest, factory: pytest.TempPathFactory, database: str, clock: Clock) -> Server:
    """A server on the engine that the requesting fixture has as its parameter; `database` names what is made for it."""
    folder = factory.mktemp(f"{database}-{request.param}")
    if request.param == "sqlite":
        url = copy_sqlite(request.getfixturevalue("sqlite_template"), folder / "pierhead.db")
    else:
        postgres: PostgresServer = request.getfixturevalue("postgres")
        url = postgres.create_database(database, template=request.getfixturevalue("postgres_template"))
    return Server(make_settings(folder, url), clock)


def make_settings(folder: Path, database_url: str) -> Settings:
    """Small limits where a test has to go beyond them."""
    return Settings(
        data_dir=folder,
        secret_key=_SECRET_KEY,
        database=DatabaseSettings(url=database_url, read_threads=2, write_threads=2, synchronous="NORMAL"),
        registry=RegistrySettings(maximum_layer_bytes=3 * 1024 * 1024),
    )
