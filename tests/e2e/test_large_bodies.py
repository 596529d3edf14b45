"""Large bodies over a plain connection to a real server, which threads move: broken off, gone on with, malformed, and fetched by several at once."""

import random
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from urllib.parse import urlsplit

import pytest

from tests.e2e.client import Account
from tests.platform.web.direct_server import SECONDS, RawAnswer, RawClient, chunked, request
from tests.services.server import PierheadServer

MIB = 1024 * 1024
CONTENT = random.Random(9).randbytes(5 * MIB + 3)
DIGEST = f"sha256:{sha256(CONTENT).hexdigest()}"
_EMPTY = b"Content-Length: 0"
_CHUNKED = b"Transfer-Encoding: chunked"


@pytest.fixture
def client(server: PierheadServer) -> Iterator[RawClient]:
    with RawClient(server.port) as connected:
        yield connected


@pytest.fixture
def rights(owner: Account) -> bytes:
    """The header that says who asks."""
    return b"Authorization: Basic " + b64encode(owner.credentials.encode())


def path_of(answer: RawAnswer) -> str:
    """Where the upload goes on."""
    parts = urlsplit(answer.headers["location"])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def begin(client: RawClient, rights: bytes) -> str:
    client.send(request("/v2/owner/large/blobs/uploads/", rights, _EMPTY))
    answer = client.answer()
    assert answer.status == 202
    return path_of(answer)


def finish(client: RawClient, rights: bytes, location: str, *pieces: bytes) -> RawAnswer:
    sign = "&" if "?" in location else "?"
    client.send(request(f"{location}{sign}digest={DIGEST}", rights, *([_CHUNKED] if pieces else [_EMPTY]), method="PUT"), *pieces)
    return client.answer()


def saved_bytes(server: PierheadServer, rights: bytes, location: str, *, at_least: int) -> int:
    """How much the server has of the upload, as soon as it is that much."""
    end = time.monotonic() + SECONDS
    while True:
        with RawClient(server.port) as asking:
            asking.send(request(location, rights, method="GET"))
            answer = asking.answer()
        assert answer.status == 204
        size = int(answer.headers["range"].partition("-")[2]) + 1
        if size >= at_least:
            return size
        assert time.monotonic() < end, size
        time.sleep(0.01)


@pytest.mark.parametrize("leave", [RawClient.close, RawClient.break_off], ids=["end", "reset"])
def test_an_upload_that_broke_off_goes_on_where_it_broke(
    server: PierheadServer, client: RawClient, rights: bytes, leave: Callable[[RawClient], None]
) -> None:
    location = begin(client, rights)
    client.send(request(location, rights, _CHUNKED, method="PATCH"), chunked(CONTENT)[: 3 * MIB])
    time.sleep(0.05)  # so that the bytes are taken before a reset throws them away
    leave(client)

    size = saved_bytes(server, rights, location, at_least=2 * MIB)
    with RawClient(server.port) as second:
        second.send(request(location, rights, _CHUNKED, method="PATCH"), chunked(CONTENT[size:-100]))
        answer = second.answer()
        assert (answer.status, answer.headers["range"]) == (202, f"0-{len(CONTENT) - 101}")
        assert finish(second, rights, path_of(answer), chunked(CONTENT[-100:])).status == 201
        second.send(request(f"/v2/owner/large/blobs/{DIGEST}", rights, method="GET"))
        assert second.answer().body == CONTENT


def test_a_malformed_body_is_refused_and_a_wrong_digest_too(client: RawClient, rights: bytes, server: PierheadServer) -> None:
    location = begin(client, rights)
    client.send(request(location, rights, _CHUNKED, method="PATCH"), b"3\r\none\r\n", b"3\r\ntwo!\r\n0\r\n\r\n")
    answer = client.answer()
    assert (answer.status, b"BLOB_UPLOAD_INVALID" in answer.body) == (400, True)
    assert client.is_ended()
    with RawClient(server.port) as second:
        location = begin(second, rights)
        answer = finish(second, rights, location, chunked(CONTENT[1:]))
        assert (answer.status, b"DIGEST_INVALID" in answer.body) == (400, True)
        assert finish(second, rights, begin(second, rights), chunked(CONTENT)).status == 201


def test_a_body_without_rights_is_read_over(client: RawClient, rights: bytes) -> None:
    location = begin(client, rights)
    client.send(request(location, _CHUNKED, method="PATCH"), chunked(CONTENT))
    assert client.answer().status == 401
    client.send(request(location, rights, _CHUNKED, method="PATCH"), chunked(CONTENT))
    answer = client.answer()
    assert answer.status == 202
    assert finish(client, rights, path_of(answer)).status == 201


def test_parts_of_a_blob_one_behind_another(client: RawClient, rights: bytes) -> None:
    assert finish(client, rights, begin(client, rights), chunked(CONTENT)).status == 201
    parts = [(0, 0), (77, 3_000_000), (4096, 8191), (len(CONTENT) - 1, len(CONTENT) - 1)]
    client.send(
        *(
            request(f"/v2/owner/large/blobs/{DIGEST}", rights, f"Range: bytes={start}-{last}".encode(), method="GET")
            for start, last in parts
        )
    )
    for start, last in parts:
        answer = client.answer()
        assert (answer.status, answer.body) == (206, CONTENT[start : last + 1])
    client.send(request(f"/v2/owner/large/blobs/{DIGEST}", rights, method="HEAD"))
    status, headers = client.head()
    assert (status, headers["content-length"]) == (200, str(len(CONTENT)))
    client.send(request(f"/v2/owner/large/blobs/{DIGEST}", rights, method="GET"))
    assert client.answer().body == CONTENT


def test_the_server_does_not_complain_of_those_who_leave(server: PierheadServer, rights: bytes) -> None:
    with RawClient(server.port) as client:
        assert finish(client, rights, begin(client, rights), chunked(CONTENT)).status == 201
        before = len(server.log_text())
        client.send(request(f"/v2/owner/large/blobs/{DIGEST}", rights, method="GET") * 3)
        assert client.head()[0] == 200
    with RawClient(server.port) as client:
        location = begin(client, rights)
        client.send(request(location, rights, _CHUNKED, method="PATCH"), chunked(CONTENT)[:MIB])
    saved_bytes(server, rights, location, at_least=1)
    said = server.log_text()[before:]
    for complaint in ("Traceback", "ASGI callable", "request failed", "never retrieved"):
        assert complaint not in said
