"""The server as a process: what was pushed outlives a stop and a kill, and several workers act as one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.web import Registry
from tests.services.images import ImageLayout
from tests.services.server import PierheadServer


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[PierheadServer]:
    """A server that this test may stop."""
    with PierheadServer(tmp_path / "pierhead") as running:
        running.create_user("owner")
        yield running


def test_what_was_pushed_is_there_after_a_restart(own_server: PierheadServer, skopeo: Client, owner: Account, images: ImageLayout) -> None:
    _push(skopeo, own_server, owner, images)

    assert own_server.stop() == 0, "SIGTERM is how service managers stop it, so it is no failure"
    own_server.start()

    _pull(skopeo, own_server, owner)


def test_what_was_pushed_is_there_after_a_kill(own_server: PierheadServer, skopeo: Client, owner: Account, images: ImageLayout) -> None:
    _push(skopeo, own_server, owner, images)

    own_server.kill()
    own_server.start()

    _pull(skopeo, own_server, owner)


def test_two_workers_serve_one_registry(tmp_path: Path, skopeo: Client, owner: Account, images: ImageLayout) -> None:
    with PierheadServer(tmp_path / "two", workers=2) as running:
        running.create_user("owner")
        _push(skopeo, running, owner, images)
        _pull(skopeo, running, owner)
        answers = [Registry(running.url, owner).tags("owner/image") for _ in range(8)]
    assert answers == [["v1"]] * 8


def test_the_start_says_where_the_server_is_and_where_its_data_lies(own_server: PierheadServer) -> None:
    said = own_server.log_text()
    assert own_server.url in said
    assert str(own_server.data) in said


def _push(skopeo: Client, server: PierheadServer, account: Account, images: ImageLayout) -> None:
    push = ("copy", "--all", "--dest-tls-verify=false", "--dest-creds", account.credentials)
    skopeo.run(*push, images.reference("multi"), f"docker://{server.address}/owner/image:v1")


def _pull(skopeo: Client, server: PierheadServer, account: Account) -> None:
    pull = ("copy", "--all", "--src-tls-verify=false", "--src-creds", account.credentials)
    skopeo.run(*pull, f"docker://{server.address}/owner/image:v1", f"dir:{skopeo.home / 'pulled'}")
