"""`pierhead gc`: what it names is what it removes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from pierhead.cli import main
from pierhead.platform.clock import ManualClock
from pierhead.platform.database.migrations import upgrade
from pierhead.settings import Settings
from tests.registry.client import Client, Server
from tests.registry.content import digest_of
from tests.registry.people import People

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)  # by the clock of the machine every hold, window and grace of then is over


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    settings = Settings(data_dir=tmp_path)
    upgrade(settings.database_url)
    started = Server(settings, ManualClock(_LONG_AGO))
    yield started
    started.close()


@pytest.fixture
def people(server: Server) -> People:
    return People(server)


@pytest.fixture
def owner(people: People) -> Client:
    return people.user()


def run(folder: Path, *options: str) -> str:
    result = CliRunner().invoke(main, ["gc", "--data", str(folder), *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_what_would_go_is_named_and_stays(owner: Client, people: People, tmp_path: Path) -> None:
    repository = people.repository(owner)
    image = owner.push_image(repository, "v1")
    kept = owner.push_image(repository, "kept")
    owner.delete(repository, "v1")

    output = run(tmp_path, "--dry-run")
    assert f"tag       {repository}:v1\n" in output
    assert f"manifest  {repository}@{image.digest}\n" in output
    assert all(f"blob      {digest_of(content)}" in output for content in image.blobs)
    assert kept.digest not in output
    assert f"1 ended tags, 1 manifests, 2 blobs: 0.0 MiB ({sum(map(len, image.blobs))} bytes) would be freed" in output
    assert owner.pull(repository, image.digest).status == 200


def test_a_round_removes_what_is_due(owner: Client, people: People, tmp_path: Path) -> None:
    """An interval and a blob of no repository; a manifest and bytes have their grace from then on."""
    repository = people.repository(owner)
    owner.push_image(repository, "v1")
    owner.delete(repository, "v1")
    owner.blob(repository, owner.push_blob(repository, b"of nobody"), "DELETE")

    assert "removed 1 ended tags, 0 manifests, 1 blobs; freed 0.0 MiB (0 bytes)" in run(tmp_path)
    assert "0 ended tags, 0 manifests, 0 blobs, 1 copies whose row is gone" in run(tmp_path, "--dry-run")
    assert "removed 0 ended tags" in run(tmp_path, "--sweep")
