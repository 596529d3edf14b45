"""A server that is killed in the middle of pushes keeps everything that it said yes to."""

import asyncio
from pathlib import Path

import pytest

from tests.reliability.durable_postgres import DurablePostgresServer
from tests.reliability.killing import KillingSpree
from tests.reliability.push import KIB
from tests.services.databases import chosen_engines
from tests.services.server import PierheadServer

_ROUNDS = 4
_PUSHES = 24
_SIZES = (0, 1, 4 * KIB, 64 * KIB + 1, 300 * KIB, 1024 * KIB + 1)


@pytest.mark.e2e
@pytest.mark.slow
def test_a_killed_server_keeps_what_it_said_yes_to(server_url: str | None, tmp_path: Path) -> None:
    with PierheadServer(tmp_path, database_url=server_url) as server:
        server.create_user("ada")
        spree = KillingSpree(server, server_url or f"sqlite:///{server.data / 'pierhead.db'}", seed=2, pushes=_PUSHES, sizes=_SIZES)

        def disturb() -> None:
            server.kill()
            server.start()

        report = asyncio.run(spree.run(_ROUNDS, disturb))
        assert report.rounds == _ROUNDS
        assert report.outcomes["pushed"] + report.outcomes["connection lost"] == _ROUNDS * _PUSHES


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.skipif("postgresql" not in chosen_engines(), reason="PIERHEAD_TEST_DATABASE leaves out postgresql")
def test_a_crash_of_postgresql_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    postgres = DurablePostgresServer()
    try:
        postgres.start()
        url = postgres.create_database("crashing")
        with PierheadServer(tmp_path, database_url=url) as server:
            server.create_user("ada")
            spree = KillingSpree(server, url, seed=3, pushes=_PUSHES, sizes=_SIZES)
            report = asyncio.run(spree.run(2, postgres.crash_and_start, may_answer_503=True))
            assert report.rounds == 2
    finally:
        postgres.stop()
