"""Files that the system sends from the page cache: whole, in part, to slow readers, and to those who leave."""

import http.client
import logging
import os
import random
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import trustme

from tests.platform.web.direct_server import SECONDS, BodyApplication, BodyServer, RawClient, await_true, chunked_request, request, summary
from tests.services.server import PASSWORD, PierheadServer

MIB = 1024 * 1024
CONTENT = random.Random(7).randbytes(3 * MIB + 1)
LARGE = 64 * MIB


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "content"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def server(file: Path, caplog: pytest.LogCaptureFixture) -> Iterator[BodyServer]:
    """The server; afterwards it has complained of nothing."""
    with BodyServer(BodyApplication(file)) as running:
        yield running
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR] == []


@pytest.fixture
def client(server: BodyServer) -> Iterator[RawClient]:
    with server.connect() as connected:
        yield connected


def get(query: str = "", path: str = "/file") -> bytes:
    return request(f"{path}?{query}", method="GET")


def make_large(file: Path) -> None:
    """More than any buffer of the system takes, without a byte on the disk."""
    os.truncate(file, LARGE)


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize(
    ("start", "length"), [(0, len(CONTENT)), (1, 4096), (4095, 2 * MIB), (len(CONTENT) - 1, 1), (0, 1), (0, 0), (len(CONTENT), 0)]
)
def test_a_file_is_sent_whole_and_in_part(client: RawClient, start: int, length: int) -> None:
    client.send(get(f"start={start}&length={length}"))
    answer = client.answer()
    assert (answer.status, answer.body) == (200, CONTENT[start : start + length])


def test_many_answers_on_one_connection(client: RawClient) -> None:
    for start in (5, 0, 77):
        client.send(get(f"start={start}"))
        assert client.answer().body == CONTENT[start:]
        client.send(chunked_request("/direct", CONTENT))
        # The client may have the whole file a moment before the server says so; its next request is a pipelined one then.
        assert client.answer().body.endswith(summary("", CONTENT))
    client.send(get("start=1") + get("start=2") + request("/unread", method="GET") + get("start=3"))
    assert client.answer().body == CONTENT[1:]
    assert client.answer().body == CONTENT[2:]
    assert client.answer().body == b"unread"
    assert client.answer().body == CONTENT[3:]


def test_a_connection_ends_after_the_file_when_the_client_asks_for_it(client: RawClient) -> None:
    client.send(request("/file", b"Connection: close", method="GET"))
    assert client.answer().body == CONTENT
    assert client.is_ended()


def test_slow_readers_do_not_hold_the_thread(server: BodyServer, file: Path) -> None:
    make_large(file)
    with server.connect() as slow, server.connect() as slower, server.connect() as quick:
        for client in (slow, slower):
            client.send(get())
            assert client.head()[0] == 200
        quick.send(get("length=3000000"))
        assert quick.answer().body == CONTENT[:3_000_000]
        for client in (slow, slower):
            digest = sha256()
            for _ in range(LARGE // MIB):
                digest.update(client.read(MIB))
            assert digest.digest() == sha256(CONTENT + bytes(LARGE - len(CONTENT))).digest()


@pytest.mark.parametrize("leave", [RawClient.close, RawClient.break_off], ids=["end", "reset"])
@pytest.mark.parametrize("behind", [b"", get(), get() * 3], ids=["alone", "one behind", "three behind"])
def test_a_reader_who_leaves_is_noticed_and_nothing_stays_open(
    server: BodyServer, file: Path, leave: Callable[[RawClient], None], behind: bytes
) -> None:
    make_large(file)
    before = open_files()
    with server.connect() as client:
        client.send(get() + behind)
        assert client.head()[0] == 200
        client.read(MIB)
        leave(client)
        assert server.application.outcomes.get(timeout=SECONDS).error == "ReceiverGone"
    await_true(lambda: (server.connections, open_files()) == (0, before))
    await_true(lambda: not server.uvicorn.server_state.tasks)


def test_a_reader_may_leave_before_the_answer_begins(server: BodyServer) -> None:
    with server.connect() as client:
        client.send(get(path="/late-file"))
        server.application.arrived.get(timeout=SECONDS)
    await_true(lambda: server.connections == 0)
    server.application.go_on.set()
    assert server.application.outcomes.get(timeout=SECONDS).error == "ReceiverGone"


def test_a_file_that_is_shorter_than_announced_breaks_the_connection(server: BodyServer, client: RawClient) -> None:
    client.send(get(f"length={len(CONTENT) + 1}"))
    status, headers = client.head()
    assert (status, headers["content-length"]) == (200, str(len(CONTENT) + 1))
    assert client.read(len(CONTENT) + 1) == CONTENT
    assert client.is_ended()
    assert server.application.outcomes.get(timeout=SECONDS).error == "ReceiverGone"


def test_a_download_that_lasts_too_long_is_cancelled_when_the_server_stops(file: Path) -> None:
    make_large(file)
    before = open_files()
    with BodyServer(BodyApplication(file), grace_seconds=0) as stopping, stopping.connect() as client:
        client.send(get())
        assert client.head()[0] == 200
        stopping.uvicorn.should_exit = True
        assert stopping.application.outcomes.get(timeout=SECONDS).error == "CancelledError"
    assert open_files() <= before


def test_tls_takes_the_ordinary_way_with_the_same_bytes(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    for name, content in (("key.pem", certificate.private_key_pem), ("cert.pem", certificate.cert_chain_pems[0])):
        (tmp_path / name).write_bytes(content.bytes())
    context = ssl.create_default_context()
    authority.configure_trust(context)

    server = PierheadServer(
        tmp_path / "server", options=["--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem")], tls=context
    )
    server.create_user("alice")
    with server:
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=SECONDS)
        rights = {"authorization": "Basic " + b64encode(f"alice:{PASSWORD}".encode()).decode()}
        connection.request("POST", "/v2/alice/app/blobs/uploads/", headers=rights)
        started = connection.getresponse()
        started.read()
        assert started.status == 202
        connection.request(
            "PATCH", started.headers["location"], body=iter([CONTENT[:MIB], CONTENT[MIB:]]), headers=rights, encode_chunked=True
        )
        continued = connection.getresponse()
        continued.read()
        assert (continued.status, continued.headers["range"]) == (202, f"0-{len(CONTENT) - 1}")
        digest = f"sha256:{sha256(CONTENT).hexdigest()}"
        connection.request("PUT", f"{continued.headers['location']}?digest={digest}", headers=rights)
        finished = connection.getresponse()
        finished.read()
        assert finished.status == 201
        for headers, expected in (({}, CONTENT), ({"range": "bytes=77-2000000"}, CONTENT[77:2_000_001])):
            connection.request("GET", f"/v2/alice/app/blobs/{digest}", headers={**rights, **headers})
            assert connection.getresponse().read() == expected
        connection.close()
