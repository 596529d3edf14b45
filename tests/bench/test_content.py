"""What the benchmark pushes, and the client that pushes it, against a small server of the test."""

import hashlib
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench.authentication import Account, Authenticator
from bench.content import CHUNK, BigBlob, Image, digest_of
from bench.crowd import Crowd, Job
from bench.targets import Caller
from bench.wire import Connection, Endpoint


class Registry(BaseHTTPRequestHandler):
    """Answers with a challenge, a token, or the Authorization header that it was sent."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        port = self.connection.getsockname()[1]
        if self.path == "/v2/":
            challenge = f'Bearer realm="http://127.0.0.1:{port}/token",service="test"'
            self._answer(401, b"{}", {"WWW-Authenticate": challenge})
        elif self.path.startswith("/token"):
            self._answer(200, b'{"token": "T", "expires_in": 300}', {"X-Seen": self.headers.get("Authorization", "")})
        else:
            self._answer(404 if "absent" in self.path else 200, self.headers.get("Authorization", "").encode(), {})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        return


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        port = server.server_address[1]
        yield Endpoint("127.0.0.1", port, authority=f"127.0.0.1:{port}")
        server.shutdown()
        thread.join()


def caller_to(endpoint: Endpoint, account: Account | None, mode: str = "auto") -> Caller:
    return Caller(endpoint, Authenticator(endpoint, account, mode), "bench/a")


def unframe(framed: bytes) -> bytes:
    pieces, position = [], 0
    while True:
        size = re.match(rb"([0-9a-f]+)\r\n", framed[position : position + 16])
        assert size
        start = position + size.end()
        length = int(size[1], 16)
        assert length <= CHUNK
        pieces.append(framed[start : start + length])
        position = start + length + 2
        if not length:
            return b"".join(pieces)


@pytest.mark.parametrize("size", [8192, 3 * CHUNK, 3 * CHUNK + 4097])
def test_the_framed_blob_holds_the_bytes_of_the_plain_one_and_each_renewal_is_new(tmp_path: Path, size: int) -> None:
    blob = BigBlob(tmp_path, size)
    digests = []
    for _ in range(2):
        digests.append(blob.renew())
        plain = blob.plain.read_bytes()
        assert len(plain) == size
        assert digests[-1] == f"sha256:{hashlib.sha256(plain).hexdigest()}"
        assert unframe(blob.chunked.read_bytes()) == plain
    assert digests[0] != digests[1]


def test_manifests_of_an_image_differ_by_their_note() -> None:
    image = Image.make()
    assert digest_of(image.manifest("a")) != digest_of(image.manifest("b"))


def test_a_bearer_challenge_is_followed_to_the_token(endpoint: Endpoint) -> None:
    caller = caller_to(endpoint, Account("bench", "secret"))
    with Connection(endpoint) as connection:
        assert connection.ask(caller.request("GET", "/echo")).body == b"Bearer T"


def test_basic_sends_the_password_with_every_request(endpoint: Endpoint) -> None:
    account = Account("bench", "secret")
    with Connection(endpoint) as connection:
        assert connection.ask(caller_to(endpoint, account, "basic").request("GET", "/echo")).body == account.basic.encode()


def test_a_crowd_does_every_job_once_and_counts_the_errors(endpoint: Endpoint) -> None:
    def job(path: str) -> Job:
        answer = yield f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        return None if answer.status == 200 else f"GET {answer.status}"

    crowd = Crowd(endpoint, [job("/absent" if index % 5 == 0 else "/there") for index in range(50)], connections=4)
    crowd.run()
    assert len(crowd.seconds) == 50
    assert dict(crowd.errors) == {"GET 404": 10}
