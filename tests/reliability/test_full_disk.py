"""A full disk is told to whoever pushes, keeps nothing half-written, does not stop pulls, and is over when there is space again."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.push import KIB, WAYS, Blob, Image, Ledger, Refused, push_blob, push_manifest
from tests.reliability.verify import check_database, check_things, things_of
from tests.reliability.wire import Wire, basic, fetch_token
from tests.services.server import PASSWORD, PierheadServer

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

_DISK_BYTES = 32 * 1024 * KIB
_BALLAST_BYTES = 8 * 1024 * KIB
_REPOSITORY = "ada/app"


@pytest.fixture
def small_disk_server(tmp_path: Path) -> Iterator[PierheadServer]:
    """A server whose database and blobs lie on a file system of their own."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    server = PierheadServer(tmp_path)
    server.data.mkdir(mode=0o700)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", str(server.data)], check=False, timeout=10)
    if mounted.returncode != 0:
        pytest.skip("this machine does not let tests mount a file system")
    try:
        with server:
            server.create_user("ada")
            server.create_user("bob")
            yield server
    finally:
        subprocess.run(["umount", "--lazy", str(server.data)], check=True, timeout=10)


class Pusher:
    """Pushes to a server until it is full."""

    def __init__(self, server: PierheadServer, token: str) -> None:
        self._server = server
        self._token = token
        self.ledger = Ledger()
        self._number = 0

    async def push(self, size: int, way: str) -> int:
        """The status of the answer that decided."""
        self._number += 1
        blob = Blob(f"{way}-{self._number}", size)
        async with Wire(self._server.port, token=self._token) as wire:
            try:
                await push_blob(wire, _REPOSITORY, blob, way, self.ledger)
                await push_manifest(wire, Image(_REPOSITORY, f"v{self._number}", (blob,)), self.ledger)
            except Refused as refused:
                return refused.answer.status if refused.answer.code else 0
        return 201

    async def fill(self, size: int, way: str, *, at_once: int) -> None:
        """Push until every one of some pushes at once is refused."""
        statuses = {201}
        while 201 in statuses:
            statuses = set(await asyncio.gather(*(self.push(size, way) for _ in range(at_once))))
            assert statuses <= {201, 507}, statuses

    async def pull(self) -> None:
        """Everything that was answered 201."""
        await check_things(self._server.port, self._token, self.ledger, things_of(self.ledger))


def test_a_full_disk_refuses_pushes_and_nothing_else(small_disk_server: PierheadServer) -> None:
    server = small_disk_server
    ballast = server.data / "ballast"
    ballast.write_bytes(b"x" * _BALLAST_BYTES)

    async def scenario() -> None:
        pusher = Pusher(server, await fetch_token(server.port, "ada", PASSWORD, f"repository:{_REPOSITORY}:pull,push"))
        for way in WAYS:
            await pusher.fill(700 * KIB, way, at_once=4)
            await pusher.fill(2000 * KIB, way, at_once=4)
        _take_every_byte(server.data / "filler")
        for way in WAYS:
            assert await pusher.push(5000, way) in {201, 507}
        await pusher.pull()
        await _sign_in(server.port)
        (server.data / "filler").unlink()
        ballast.unlink()
        for way in WAYS:
            assert await pusher.push(700 * KIB, way) == 201
        await pusher.pull()

    asyncio.run(scenario())
    counts = check_database(f"sqlite:///{server.data / 'pierhead.db'}", server.data / "storage", thorough=True)
    assert counts["temporary"] == 0
    assert counts["files without a row"] == 0
    assert counts["uploads"] <= counts["upload"], "bytes of an upload lie about that no row knows"
    assert server.is_running
    assert "request failed" not in server.log_text(), server.log_tail()


def _take_every_byte(file: Path) -> None:
    with file.open("wb", buffering=0) as filler:
        for size in (64 * KIB, 4 * KIB, 1):
            try:
                while filler.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


async def _sign_in(port: int) -> None:
    """Somebody who comes for the first time still gets in, to pull."""
    async with Wire(port) as wire:
        (await wire.request("GET", "/v2/", {"Authorization": basic("bob", PASSWORD)})).require(200)
