"""Many clients that do the same thing at the same moment."""

import asyncio
import random
from collections.abc import Iterator

import pytest
import sqlalchemy
from sqlalchemy import text

from tests.reliability.push import KIB, Blob, Image, Ledger, chunks, push_image, sha256, stream
from tests.reliability.verify import check_database, check_tag_lists, check_things, check_touching, things_of
from tests.reliability.wire import Answer, Wire, fetch_token
from tests.services.server import PASSWORD, PierheadServer

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

_CLIENTS = 50
_BLOBS = (Blob("same-config", 300), Blob("same-small", 70 * KIB), Blob("same-large", 1500 * KIB))


class Registry:
    """A server with two worker processes, and a token for ada's repositories."""

    def __init__(self, server: PierheadServer, database_url: str, token: str) -> None:
        self.server = server
        self.database_url = database_url
        self.token = token
        self.ledger = Ledger()

    def wire(self) -> Wire:
        return Wire(self.server.port, token=self.token)

    async def push_all(self, images: list[Image]) -> None:
        async def push(number: int, image: Image) -> None:
            async with self.wire() as wire:
                await push_image(wire, image, random.Random(number), self.ledger)

        await asyncio.gather(*(push(number, image) for number, image in enumerate(images)))
        await check_things(self.server.port, self.token, self.ledger, things_of(self.ledger))
        await check_tag_lists(self.server.port, self.token, self.ledger)

    def check(self) -> dict[str, int]:
        return check_database(self.database_url, self.server.data / "storage", thorough=True)


@pytest.fixture(scope="module")
def registry(server_url: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with PierheadServer(tmp_path_factory.mktemp("server"), workers=2, database_url=server_url) as server:
        server.create_user("ada")
        scopes = [f"repository:ada/{name}:pull,push" for name in ("app", "fresh", "other")]
        token = asyncio.run(fetch_token(server.port, "ada", PASSWORD, *scopes))
        yield Registry(server, server_url or f"sqlite:///{server.data / 'pierhead.db'}", token)


def test_the_same_image_pushed_to_the_same_tag_makes_one_history(registry: Registry) -> None:
    asyncio.run(registry.push_all([Image("ada/app", "latest", _BLOBS)] * _CLIENTS))
    # Once more with a different image for each client, so that the tag really moves.
    moved = [Image("ada/app", "latest", (Blob(f"config-{number}", 300), *_BLOBS[1:])) for number in range(_CLIENTS)]
    asyncio.run(registry.push_all(moved))
    counts = registry.check()
    assert counts["blob"] == counts["files"] == 3 + _CLIENTS
    assert counts["manifest"] == 1 + _CLIENTS
    assert counts["intervals"] == 2 * _CLIENTS
    assert counts["upload"] == counts["uploads"] == counts["temporary"] == 0
    engine = sqlalchemy.create_engine(registry.database_url)
    with engine.connect() as connection:
        check_touching(connection)
        assert connection.execute(text("SELECT count(*) FROM tag WHERE end_ms IS NULL")).scalar() == 1
    engine.dispose()


def test_different_tags_of_a_fresh_repository_all_arrive(registry: Registry) -> None:
    asyncio.run(
        registry.push_all([Image("ada/fresh", f"v{number:02}", (_BLOBS[0], Blob(f"layer-{number}", 5000))) for number in range(_CLIENTS)])
    )
    assert registry.check()["files without a row"] == 0


def test_of_chunks_sent_at_once_to_one_upload_one_counts(registry: Registry) -> None:
    content = Blob("chunks", 2000 * KIB).content()

    async def chunk(location: str, first: int, piece: bytes) -> Answer:
        async with registry.wire() as wire:
            return await wire.request("PATCH", location, {"Content-Range": f"{first}-{first + len(piece) - 1}"}, piece)

    async def scenario() -> None:
        async with registry.wire() as wire:
            location = (await wire.request("POST", "/v2/ada/app/blobs/uploads/")).headers["location"]
            for first, piece in chunks(content, 500 * KIB):
                answers = await asyncio.gather(*(chunk(location, first, piece) for _ in range(8)))
                statuses = sorted(answer.status for answer in answers)
                assert statuses[0] == 202, statuses
                assert set(statuses[1:]) <= {409, 416}, statuses
            answer = await wire.request("PUT", f"{location}?digest={sha256(content)}")
            answer.require(201)
            pulled = await wire.request("GET", answer.headers["location"])
            assert pulled.body == content

    asyncio.run(scenario())


def test_an_upload_finished_several_times_at_once_is_never_lost(registry: Registry) -> None:
    async def scenario(size: int, way: str) -> None:
        content = Blob(f"twice-{way}", size).content()
        async with registry.wire() as wire:
            location = (await wire.request("POST", "/v2/ada/app/blobs/uploads/")).headers["location"]
            if way == "body-in-patch":
                (await wire.request("PATCH", location, {}, content)).require(202)
        answers = await asyncio.gather(*(_finish(registry, f"{location}?digest={sha256(content)}", content, way) for _ in range(4)))
        statuses = sorted(answer.status for answer in answers)
        assert statuses[0] == 201, [answer.body for answer in answers]
        assert set(statuses[1:]) <= {201, 404, 409, 416}, [answer.body for answer in answers]
        async with registry.wire() as wire:
            assert (await wire.request("GET", f"/v2/ada/app/blobs/{sha256(content)}")).require(200).body == content

    for size in (1000, 3000 * KIB):
        for way in ("body-in-put", "body-in-patch", "streamed-put"):
            asyncio.run(scenario(size, way))
    counts = registry.check()
    assert counts["upload"] == counts["files without a row"] == 0


async def _finish(registry: Registry, final: str, content: bytes, way: str) -> Answer:
    async with registry.wire() as wire:
        if way == "body-in-patch":
            return await wire.request("PUT", final)
        return await wire.request("PUT", final, {}, content if way == "body-in-put" else stream(content))
