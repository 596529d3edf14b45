"""Large bodies that a thread reads from the socket: the same bytes as in the ordinary way, and a connection that can be used afterwards."""

import logging
import random
import socket
import struct
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.platform.web.direct_server import (
    SECONDS,
    BodyApplication,
    BodyServer,
    RawClient,
    announced_request,
    chunked,
    chunked_request,
    request,
    summary,
)

MIB = 1024 * 1024
BODY = random.Random(5).randbytes(3 * MIB)
SMALL = random.Random(6).randbytes(700)
GET = request("/unread", method="GET")


@pytest.fixture(scope="module")
def shared() -> Iterator[BodyServer]:
    with BodyServer(BodyApplication()) as running:
        yield running


@pytest.fixture
def server(shared: BodyServer, caplog: pytest.LogCaptureFixture) -> Iterator[BodyServer]:
    """The server; afterwards it has complained of nothing."""
    application = shared.application
    application.go_on.clear()
    for waiting in (application.arrived, application.outcomes):
        while not waiting.empty():
            waiting.get()
    yield shared
    application.go_on.set()
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR] == []


@pytest.fixture
def client(server: BodyServer) -> Iterator[RawClient]:
    with server.connect() as connected:
        yield connected


def error_of(server: BodyServer) -> tuple[str, int]:
    """How the next request ended for the application: its error, or the way of its body; and how much it took."""
    outcome = server.application.outcomes.get(timeout=SECONDS)
    return outcome.error, outcome.size


def await_true(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def break_off(client: RawClient) -> None:
    """Go away with a reset, as a machine that loses its connection."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


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


@pytest.mark.parametrize("body", [b"", b"\r\n\r\n", SMALL, b"\n\r\n\r\n" * 20], ids=["nothing", "a line end", "bytes", "line ends"])
@pytest.mark.parametrize("path", ["/direct", "/ordinary"])
def test_a_request_may_be_cut_anywhere(client: RawClient, path: str, body: bytes) -> None:
    wire = chunked_request(path, body, 300)
    end = wire.index(b"\r\n\r\n")
    for at in (*range(end - 2, end + 16), len(wire) - 3, len(wire) - 1):
        client.send(wire[:at])
        time.sleep(0.002)  # so that the server sees two pieces; where it sees one, the test asks for less
        client.send(wire[at:] + GET)
        answer = client.answer()
        assert answer.body == summary(path[1:], body)
        assert client.answer().body == b"unread"


def test_a_large_body_whose_head_was_cut_anywhere(client: RawClient) -> None:
    body = b"\r\n\r\n" + BODY[:MIB]
    head = request("/direct", b"Content-Length: %d" % len(body))
    for at in range(len(head) - 5, len(head) + 6):
        wire = head + body
        client.send(wire[:at])
        time.sleep(0.002)  # as above
        client.send(wire[at:], GET)
        assert client.answer().body == summary("direct", body)
        assert client.answer().body == b"unread"


@pytest.mark.parametrize("path", ["/direct", "/ordinary"])
def test_a_request_may_come_byte_by_byte(client: RawClient, path: str) -> None:
    wire = chunked_request(path, SMALL, 64) + GET
    client.send(*(wire[at : at + 1] for at in range(len(wire))))
    assert client.answer().body.endswith(summary("", SMALL))
    assert client.answer().body == b"unread"


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


@pytest.mark.parametrize("form", [chunked_request, announced_request])
@pytest.mark.parametrize("first", ["/direct", "/ordinary", "/unread", "/refuse"])
def test_requests_right_behind_a_body_are_answered(client: RawClient, form: Callable[[str, bytes], bytes], first: str) -> None:
    client.send(form(first, BODY) + GET + form("/direct", BODY[:MIB]) + GET + chunked_request("/direct", SMALL))
    client.answer()
    assert client.answer().body == b"unread"
    assert client.answer().body.endswith(summary("", BODY[:MIB]))
    assert client.answer().body == b"unread"
    assert client.answer().body.endswith(summary("", SMALL))


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[tuple[int, bytes]], list[bytes]]:
    """What a client sends, cut anywhere, and the statuses and bodies of the answers; the way of a body depends on the cuts."""
    wire, expected = b"", []
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(["/direct", "/ordinary", "/unread", "/refuse"]))
        form = draw(st.sampled_from([chunked_request, announced_request]))
        size = draw(st.sampled_from([0, 1, 90, 101, 5000]))
        body = draw(st.sampled_from([BODY, b"\r\n\r\n" * 1250, b"0\r\n\r\n" * 1000]))[:size]
        wire += form(path, body) if form is announced_request else chunked_request(path, body, draw(st.sampled_from([1, 7, 64, 4096])))
        if path == "/unread":
            expected.append((200, b"unread"))
        elif path == "/refuse" and size > 100:
            expected.append((413, b""))
        else:
            expected.append((200, summary("", body)))
    cuts = sorted({0, len(wire), *draw(st.lists(st.integers(0, len(wire)), max_size=12))})
    return expected, [wire[start:end] for start, end in pairwise(cuts)]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(conversations())
def test_any_requests_in_any_packets_get_their_answers(
    server: BodyServer, conversation: tuple[list[tuple[int, bytes]], list[bytes]]
) -> None:
    expected, pieces = conversation
    server.application.limit = 100
    with server.connect() as client:
        client.send(*pieces)
        for status, body in expected:
            answer = client.answer()
            assert answer.status == status
            assert answer.body.endswith(body)
        client.send(GET)
        assert client.answer().body == b"unread"


def test_waiting_for_the_next_request_ends_when_it_came_with_the_last_body() -> None:
    with BodyServer(BodyApplication(), keep_alive_seconds=0) as impatient, impatient.connect() as client:
        client.send(chunked_request("/unread", SMALL) + request("/late", b"Content-Length: 0"))
        assert client.answer().body == b"unread"
        for path in ("/unread", "/late"):
            assert impatient.application.arrived.get(timeout=SECONDS) == path
        impatient.application.go_on.set()
        assert client.answer().body == summary("ordinary", b"")


def test_a_wish_for_another_protocol_is_passed_over(client: RawClient) -> None:
    wish = (b"Connection: upgrade", b"Upgrade: h2c")
    client.send(request("/unread", *wish, method="GET"))
    assert client.answer().body == b"unread"
    for body in (SMALL, b"GET /unread HTTP/1.1\r\nHost: here\r\n\r\n", BODY):
        client.send(request("/direct", *wish, b"Transfer-Encoding: chunked") + chunked(body) + GET)
        assert client.answer().body == summary("direct", body)
        assert client.answer().body == b"unread"
        client.send(request("/ordinary", b"Content-Length: %d" % len(body), *wish) + body + GET)
        assert client.answer().body == summary("ordinary", body)
        assert client.answer().body == b"unread"


@pytest.mark.parametrize("method", ["POST", "CONNECT"])
def test_a_body_is_never_taken_for_a_request(client: RawClient, method: str) -> None:
    body = request("/unread", method="GET")
    wire = request("/direct", b"Content-Length: %d" % len(body), b"Connection: upgrade", b"Upgrade: h2c", method=method) + body
    at = wire.index(b"\r\n\r\n") + 2
    client.send(wire[:at])
    time.sleep(0.02)  # so that the server sees two pieces
    client.send(wire[at:])
    answer = client.answer()
    if method == "CONNECT":
        assert answer.status == 400
        assert client.is_ended()
    else:
        assert answer.body == summary("ordinary", body)
        client.send(GET)
        assert client.answer().body == b"unread"


def test_a_large_body_is_direct_again_behind_one_that_nobody_read(client: RawClient) -> None:
    wire = announced_request("/unread", SMALL)
    client.send(wire[:400])
    assert client.answer().body == b"unread"
    client.send(wire[400:])
    time.sleep(0.02)  # so that the next request does not come in the same packet
    client.send(request("/direct", b"Connection: upgrade", b"Upgrade: h2c", b"Transfer-Encoding: chunked"), chunked(BODY))
    assert client.answer().body == summary("direct", BODY)


def test_thousands_of_requests_in_one_packet_are_answered(client: RawClient) -> None:
    client.send(GET * 4000 + chunked_request("/direct", SMALL))
    for _ in range(4000):
        assert client.answer().body == b"unread"
    assert client.answer().body.endswith(summary("", SMALL))


@pytest.mark.parametrize(
    "leave", [RawClient.close, break_off, lambda client: client.socket.shutdown(socket.SHUT_WR)], ids=["end", "reset", "half"]
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


@pytest.mark.parametrize("path", ["/direct", "/ordinary", "/unread"])
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([b"Content-Length: 5", b"Transfer-Encoding: chunked"], id="length then chunked"),
        pytest.param([b"Transfer-Encoding: chunked", b"Content-Length: 5"], id="chunked then length"),
        pytest.param([b"Content-Length: 2000000", b"Transfer-Encoding: chunked"], id="large length then chunked"),
        pytest.param([b"Content-Length: 2000000", b"Content-Length: 5"], id="two lengths"),
        pytest.param([b"Content-Length: 2000000", b"Content-Length: 2000000"], id="twice a length"),
        pytest.param([b"Content-Length: 2000000, 2000000"], id="a list of lengths"),
        pytest.param([b"Content-Length: +2000000"], id="a signed length"),
        pytest.param([b"Content-Length: 0x200000"], id="a hexadecimal length"),
        pytest.param([b"Content-Length: 99999999999999999999999"], id="a huge length"),
        pytest.param([b"Transfer-Encoding: xchunked"], id="xchunked"),
        pytest.param([b"Transfer-Encoding: chunked, identity"], id="identity last"),
        pytest.param([b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"], id="identity in a second line"),
        pytest.param([b"Transfer-Encoding : chunked"], id="space before the colon"),
        pytest.param([b"Transfer-Encoding: \x0bchunked"], id="vertical tab"),
        pytest.param([b'Transfer-Encoding: "chunked"'], id="quoted"),
        pytest.param([b"X: y\nTransfer-Encoding: chunked"], id="LF before"),
        pytest.param([b"X: y\rTransfer-Encoding: chunked"], id="CR before"),
        pytest.param([b"Transfer-Encoding:\r\n chunked"], id="folded"),
    ],
)
def test_a_head_that_others_may_read_otherwise_is_refused(server: BodyServer, client: RawClient, path: str, headers: list[bytes]) -> None:
    client.send(request(path, *headers) + b"5\r\nhello\r\n0\r\n\r\n" + GET)
    assert client.answer().status == 400
    assert client.is_ended()


@pytest.mark.parametrize("headers", [[b"Transfer-Encoding: gzip, chunked"], [b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked"]])
def test_a_coded_body_takes_the_ordinary_way(client: RawClient, headers: list[bytes]) -> None:
    client.send(request("/direct", *headers) + chunked(SMALL) + GET)
    assert client.answer().body == summary("ordinary", SMALL)
    assert client.answer().body == b"unread"


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
