"""Memory, files and threads do not grow with the size of blobs or with clients that behave badly."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator

import pytest

from tests.reliability.push import Blob, Ledger, push_blob, resume_upload, sha256
from tests.reliability.resources import MIB, LargeBlob, Usage, await_files, check_memory
from tests.reliability.wire import Wire, fetch_token
from tests.services.server import PASSWORD, PierheadServer

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

_REPOSITORY = "ada/app"
_PULLS = 16
# A batch on its way in, one being written, a piece on its way out, the socket's own buffer: a few MiB for each request.
_BYTES_PER_REQUEST = 4 * MIB
_CLIENTS = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PierheadServer]:
    with PierheadServer(tmp_path_factory.mktemp("server")) as running:
        running.create_user("ada")
        yield running


@pytest.fixture
def token(server: PierheadServer) -> str:
    return asyncio.run(fetch_token(server.port, "ada", PASSWORD, f"repository:{_REPOSITORY}:pull,push"))


def test_memory_does_not_grow_with_the_size_of_a_blob(server: PierheadServer, token: str) -> None:
    blob = LargeBlob(256)
    pushing, pulling = asyncio.run(check_memory(server.port, server.pid, token, _REPOSITORY, blob, pulls=_PULLS))
    assert pushing <= 32 * MIB
    assert pulling <= 32 * MIB + _PULLS * _BYTES_PER_REQUEST


def test_clients_that_go_away_leave_nothing_behind(server: PierheadServer, token: str) -> None:
    layer = Blob("layer", 3 * MIB)

    async def warm_up() -> None:
        async with Wire(server.port, token=token) as wire:
            await push_blob(wire, _REPOSITORY, layer, "streamed", Ledger())
        await _round(server.port, token, layer.digest())

    asyncio.run(warm_up())
    before = await_files(server.pid, Usage.of(server.pid).files)
    for _ in range(3):
        asyncio.run(_round(server.port, token, layer.digest()))
    after = await_files(server.pid, before.files)
    assert after.threads <= before.threads + 16, "the pool of threads for files may still have grown to its size"
    assert after.rss_bytes <= before.rss_bytes + 24 * MIB


async def _round(port: int, token: str, digest: str) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(_CLIENTS):
            group.create_task(_RUDE[number % len(_RUDE)](port, token, digest))


async def _stop_in_the_head(port: int, token: str, digest: str) -> None:
    async with Wire(port) as wire:
        await wire.send(b"GET /v2/ HTTP/1.1\r\nHost: x\r\nX-")


async def _stop_in_the_body(port: int, token: str, digest: str) -> None:
    async with Wire(port, token=token) as wire:
        location = (await wire.request("POST", f"/v2/{_REPOSITORY}/blobs/uploads/")).headers["location"]
        await wire.begin("PATCH", location, {"Content-Length": str(10 * MIB)})
        await wire.send(b"x" * MIB)


async def _stop_in_a_chunk(port: int, token: str, digest: str) -> None:
    async with Wire(port, token=token) as wire:
        location = (await wire.request("POST", f"/v2/{_REPOSITORY}/blobs/uploads/")).headers["location"]
        await wire.begin("PUT", f"{location}?digest={digest}", {"Transfer-Encoding": "chunked"})
        await wire.send(b"100000\r\n" + b"x" * 70_000)


async def _stop_in_a_manifest(port: int, token: str, digest: str) -> None:
    async with Wire(port, token=token) as wire:
        await wire.begin("PUT", f"/v2/{_REPOSITORY}/manifests/x", {"Content-Length": "1000000"})
        await wire.send(b"{" * 1000)


async def _stop_reading(port: int, token: str, digest: str) -> None:
    async with Wire(port, token=token) as wire:
        await wire.begin("GET", f"/v2/{_REPOSITORY}/blobs/{digest}", {})
        assert (await wire.read_head())[0] == 200


_RUDE: tuple[Callable[[int, str, str], Coroutine[None, None, None]], ...] = (
    _stop_in_the_head,
    _stop_in_the_body,
    _stop_in_a_chunk,
    _stop_in_a_manifest,
    _stop_reading,
)


def test_slow_clients_do_not_hold_up_others(server: PierheadServer, token: str) -> None:
    layer = Blob("another layer", 3 * MIB)

    async def scenario() -> None:
        slow = [Wire(server.port, token=token) for _ in range(_CLIENTS)]
        try:
            async with Wire(server.port, token=token) as wire:
                await push_blob(wire, _REPOSITORY, layer, "streamed", Ledger())
                locations = [(await wire.request("POST", f"/v2/{_REPOSITORY}/blobs/uploads/")).headers["location"] for _ in slow]
                for number, (client, location) in enumerate(zip(slow, locations, strict=True)):
                    if number % 2:
                        await client.begin("PATCH", location, {"Transfer-Encoding": "chunked"})
                        await client.send(b"1\r\nx\r\n")
                    else:
                        await client.begin("GET", f"/v2/{_REPOSITORY}/blobs/{layer.digest()}", {})
                answer = await wire.request("GET", f"/v2/{_REPOSITORY}/blobs/{layer.digest()}")
                assert sha256(answer.require(200).body) == layer.digest()
                await push_blob(wire, _REPOSITORY, Blob("meanwhile", MIB + 1), "chunked", Ledger())
        finally:
            for client in slow:
                client.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("announced", [True, False])
def test_a_stream_that_breaks_off_is_resumed_where_it_broke(server: PierheadServer, token: str, announced: bool) -> None:
    blob = Blob(f"broken-{announced}", 3 * MIB)
    content = blob.content()

    async def scenario() -> str:
        async with Wire(server.port, token=token) as wire:
            location = (await wire.request("POST", f"/v2/{_REPOSITORY}/blobs/uploads/")).headers["location"]
            if announced:
                await wire.begin("PATCH", location, {"Content-Length": str(len(content))})
                await wire.send(content[: 2 * MIB])
            else:
                await wire.begin("PATCH", location, {"Transfer-Encoding": "chunked"})
                await wire.send(b"%x\r\n%b\r\n" % (2 * MIB, content[: 2 * MIB]))
            wire.close()
            ledger = Ledger()
            while (outcome := await resume_upload(wire, _REPOSITORY, location, blob, ledger)) == "busy":
                continue
            (await wire.request("GET", f"/v2/{_REPOSITORY}/blobs/{blob.digest()}")).require(200)
            return outcome

    assert asyncio.run(scenario()) == "resumed"
