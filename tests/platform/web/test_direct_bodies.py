"""Large bodies that a thread reads from the socket: the same bytes as in the ordinary way, and a connection that can be used afterwards."""

import random
import socket
import time
from collections.abc import Callable

import pytest

from tests.platform.web.direct_server import (
    SECONDS,
    BodyApplication,
    BodyServer,
    RawClient,
    announced_request,
    await_true,
    chunked,
    chunked_request,
    request,
    summary,
)

MIB = 1024 * 1024
BODY = random.Random(5).randbytes(3 * MIB)
SMALL = random.Random(6).randbytes(700)
GET = request("/unread", method="GET")


def error_of(server: BodyServer) -> tuple[str, int]:
    """How the next request ended for the application: its error, or the way of its body; and how much it took."""
    outcome = server.application.outcomes.get(timeout=SECONDS)
    return outcome.error, outcome.size


@pytest.mark.parametrize(("path", "way"), [("/direct", "direct"), ("/ordinary", "ordinary")])
@pytest.mark.parametrize("form", [chunked_request, announced_request])
def test_a_large_body_arrives_whole_either_way_again_and_again(
    client: RawClient, form: Callable[[str, bytes], bytes], path: str, way: str
) -> None:
    for body in (BODY, BODY[:MIB], BODY[7:]):
        client.send(form(path, body))
        answer = client.answer()
        assert (answer.status, answer.body) == (200, summary(way, body))
    client.send(GET)
    assert client.answer().body == b"unread"


@pytest.mark.parametrize(("size", "way"), [(0, "direct"), (1, "direct"), (MIB - 1, "direct")])
def test_a_body_in_chunks_is_direct_whatever_its_size(client: RawClient, size: int, way: str) -> None:
    client.send(request("/direct", b"transfer-encoding:  CHUNKED "), chunked(BODY[:size], 1000))
    assert client.answer().body == summary(way, BODY[:size])
    client.send(GET)
    assert client.answer().body == b"unread"


@pytest.mark.parametrize("size", [0, 1, MIB - 1])
def test_a_body_of_a_small_announced_length_takes_the_ordinary_way(client: RawClient, size: int) -> None:
    client.send(announced_request("/direct", BODY[:size]))
    assert client.answer().body == summary("ordinary", BODY[:size])


@pytest.mark.parametrize("form", [chunked_request, announced_request])
def test_a_body_that_nobody_reads_leaves_the_connection_usable(client: RawClient, form: Callable[[str, bytes], bytes]) -> None:
    client.send(form("/unread", BODY))
    assert client.answer().body == b"unread"
    client.send(form("/direct", BODY))
    assert client.answer().body.endswith(summary("", BODY))


@pytest.mark.parametrize("form", [chunked_request, announced_request])
@pytest.mark.parametrize("limit", [0, 100_000, 2 * MIB])
def test_the_rest_of_a_refused_body_is_read_over(
    server: BodyServer, client: RawClient, form: Callable[[str, bytes], bytes], limit: int
) -> None:
    server.application.limit = limit
    wire = form("/refuse", BODY)
    client.send(wire[:-500_000])
    assert client.answer().status == 413
    client.send(wire[-500_000:] + GET)
    assert client.answer().body == b"unread"
    client.send(form("/direct", BODY))
    assert client.answer().body == summary("direct", BODY)


def test_a_connection_ends_after_an_application_that_broke_down(client: RawClient) -> None:
    client.send(request("/fail", b"Content-Length: 2000000"), BODY[:1000])
    answer = client.answer()
    assert (answer.status, answer.headers["connection"]) == (500, "close")
    assert client.is_ended()


def test_waiting_for_the_next_request_ends_when_it_came_with_the_last_body() -> None:
    with BodyServer(BodyApplication(), keep_alive_seconds=0) as impatient, impatient.connect() as client:
        client.send(chunked_request("/unread", SMALL) + request("/late", b"Content-Length: 0"))
        assert client.answer().body == b"unread"
        for path in ("/unread", "/late"):
            assert impatient.application.arrived.get(timeout=SECONDS) == path
        impatient.application.go_on.set()
        assert client.answer().body == summary("ordinary", b"")


@pytest.mark.parametrize(
    "leave", [RawClient.close, RawClient.break_off, lambda client: client.socket.shutdown(socket.SHUT_WR)], ids=["end", "reset", "half"]
)
@pytest.mark.parametrize("form", [chunked_request, announced_request])
def test_a_client_that_vanishes_leaves_what_came_before(
    server: BodyServer, form: Callable[[str, bytes], bytes], leave: Callable[[RawClient], None]
) -> None:
    wire = form("/direct", BODY)
    before = server.connections
    with server.connect() as client:
        client.send(wire[: 2 * MIB])
        await_true(lambda: server.application.arrived.qsize() == 1)
        time.sleep(0.02)  # so that the bytes are taken before the reset comes, which may throw them away
        leave(client)
        error, size = error_of(server)
    assert error == "BodyGone"
    assert 2 * MIB - 100_000 < size < 2 * MIB
    await_true(lambda: server.connections == before)


def test_a_client_may_vanish_before_anybody_asks_for_its_body(server: BodyServer) -> None:
    before = server.connections
    with server.connect() as client:
        client.send(chunked_request("/late", BODY)[:50_000])
        server.application.arrived.get(timeout=SECONDS)
    await_true(lambda: server.connections == before)
    server.application.go_on.set()
    assert error_of(server)[0] == "BodyGone"


@pytest.mark.parametrize("broken", [b"5\r\nhello!\r\n0\r\n\r\n", b"zz\r\n", b"-1\r\n\r\n", b"5\nhello\r\n0\r\n\r\n"])
def test_broken_framing_is_refused_and_ends_the_connection(server: BodyServer, client: RawClient, broken: bytes) -> None:
    client.send(request("/direct", b"Transfer-Encoding: chunked"), b"3\r\none\r\n", broken + GET)
    assert client.answer().status == 400
    assert client.is_ended()
    assert error_of(server)[0] == "BrokenFraming"


def test_broken_framing_in_what_is_read_over_ends_the_connection(server: BodyServer, client: RawClient) -> None:
    server.application.limit = 0
    client.send(request("/refuse", b"Transfer-Encoding: chunked"), b"3\r\none\r\n")
    assert client.answer().status == 413
    client.send(b"zz\r\n" + GET)
    assert client.is_ended()


@pytest.mark.parametrize("path", ["/direct", "/ordinary"])
def test_a_client_that_asks_first_is_told_to_go_on(client: RawClient, path: str) -> None:
    for _ in range(2):
        client.send(request(path, b"Content-Length: %d" % len(BODY), b"Expect: 100-continue"))
        assert client.head() == (100, {})
        client.send(BODY)
        assert client.answer().body == summary(path[1:], BODY)


def test_a_client_that_asks_first_and_is_refused_is_not_told_to_go_on(client: RawClient) -> None:
    client.send(request("/unread", b"Content-Length: %d" % len(BODY), b"Expect: 100-continue"))
    assert client.answer().status == 200


def test_slow_clients_do_not_hold_the_thread(server: BodyServer) -> None:
    with server.connect() as slow, server.connect() as slower, server.connect() as quick:
        for client in (slow, slower):
            client.send(chunked_request("/direct", SMALL)[:100])
            server.application.arrived.get(timeout=SECONDS)
        quick.send(chunked_request("/direct", BODY))
        assert quick.answer().body == summary("direct", BODY)
        for at in range(100, 150):
            for client in (slow, slower):
                client.send(chunked_request("/direct", SMALL)[at : at + 1])
        for client in (slower, slow):
            client.send(chunked_request("/direct", SMALL)[150:])
            assert client.answer().body == summary("direct", SMALL)


def test_large_uploads_share_one_thread(server: BodyServer) -> None:
    body = BODY * 8
    with server.connect() as large, server.connect() as other:
        wire = chunked_request("/direct", body)
        large.send(wire[: 20 * MIB])
        other.send(chunked_request("/direct", SMALL))
        assert other.answer().body == summary("direct", SMALL)
        large.send(wire[20 * MIB :])
        assert large.answer().body == summary("direct", body)


def test_requests_of_the_old_protocol_end_the_connection(client: RawClient) -> None:
    client.send(announced_request("/direct", BODY).replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert client.answer().body == summary("direct", BODY)
    assert client.is_ended()


def test_an_upload_may_end_while_the_server_stops() -> None:
    with BodyServer(BodyApplication(), grace_seconds=10) as stopping, stopping.connect() as client:
        wire = chunked_request("/direct", BODY)
        client.send(wire[:MIB])
        stopping.application.arrived.get(timeout=SECONDS)
        stopping.uvicorn.should_exit = True
        client.send(wire[MIB:])
        assert client.answer().body == summary("direct", BODY)
        assert client.is_ended()


def test_an_upload_that_lasts_too_long_is_cancelled_when_the_server_stops(caplog: pytest.LogCaptureFixture) -> None:
    with BodyServer(BodyApplication(), grace_seconds=0) as stopping, stopping.connect() as client:
        client.send(chunked_request("/direct", BODY)[:MIB])
        stopping.application.arrived.get(timeout=SECONDS)
        stopping.uvicorn.should_exit = True
        error, size = error_of(stopping)
    assert (error, size > 900_000) == ("CancelledError", True)
