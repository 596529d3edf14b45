"""Names are listed in byte order on a PostgreSQL whose own order is another (registry-protocol 7, D9)."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pierhead.platform.clock import ManualClock
from tests.registry.client import Server
from tests.registry.people import People
from tests.registry.servers import make_settings
from tests.services.databases import chosen_engines, create_schema
from tests.services.postgres import PostgresServer

_DATABASE = "dictionary_order"
_NAMES = ["a-b", "a.b", "a/b", "a0", "a_b", "ab", "b"]
_TAGS = ["A", "B-1", "B.1", "B1", "_a", "a", "b"]


@pytest.fixture
def people(postgres: PostgresServer, tmp_path: Path) -> Iterator[People]:
    with psycopg.connect(postgres.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {_DATABASE} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
    url = postgres.url(_DATABASE)
    create_schema(url)
    server = Server(make_settings(tmp_path, url), ManualClock())
    yield People(server)
    server.close()
    postgres.drop_database(_DATABASE)


@pytest.mark.skipif("postgresql" not in chosen_engines(), reason="PIERHEAD_TEST_DATABASE leaves out postgresql")
def test_catalog_and_tags_come_in_byte_order(people: People) -> None:
    owner = people.user()
    image = owner.push_image(f"{owner.name}/b", "first")
    for name in reversed(_NAMES):
        owner.push_image(f"{owner.name}/{name}", "v1")
    for tag in reversed(_TAGS):
        owner.push_image(f"{owner.name}/b", tag, image)

    pages = owner.pages("/v2/_catalog?n=3", "repositories")
    assert pages == [[f"{owner.name}/{name}" for name in _NAMES[start : start + 3]] for start in (0, 3, 6)]
    assert owner.tags(f"{owner.name}/b").json["tags"] == sorted([*_TAGS, "first", "v1"])
