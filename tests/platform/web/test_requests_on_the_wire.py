"""Requests on the wire: cut anywhere, one behind another, and with heads that others may read otherwise."""

import random
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.platform.web.direct_server import BodyServer, RawClient, announced_request, chunked, chunked_request, request, summary

MIB = 1024 * 1024
BODY = random.Random(5).randbytes(3 * MIB)
SMALL = random.Random(6).randbytes(700)
GET = request("/unread", method="GET")


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
