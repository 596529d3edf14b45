"""A real server with the protocol for large bodies around a small application, and a client that writes bytes to its socket."""

import asyncio
import hashlib
import http.client
import queue
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn

from pierhead.platform.errors import TooLarge
from pierhead.platform.web.chunked import BrokenFraming
from pierhead.platform.web.direct_answers import SEND_FILE, FileSender, ReceiverGone
from pierhead.platform.web.direct_bodies import DIRECT_BODY, BodyGone, DirectBody, DirectProtocol
from pierhead.platform.web.socket_turns import Turn

SECONDS = 8.0  # after that a test fails that waits for the other side

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended for the application."""

    path: str
    error: str
    size: int
    sha256: str


class BodyApplication:
    """Receives bodies, each path in its way, and sends the file; one thread works for all requests.

    /direct     in a thread, where that is offered, and else in the ordinary way; the answer is way, size and SHA-256
    /ordinary   the ordinary way
    /late       as /direct, when `go_on` is set
    /late-file  the file, when `go_on` is set
    /refuse     as /direct, and refuses all beyond `limit`
    /fail       as /direct, and breaks down at the first piece
    /unread     answers, and reads nothing
    /file       the file, or `start` and `length` of it in the query; `announced` more than it has
    """

    def __init__(self, file: Path | None = None) -> None:
        self.limit = 100_000
        self.file = file
        self.go_on = threading.Event()
        self.arrived: queue.Queue[str] = queue.Queue()
        self.outcomes: queue.Queue[Outcome] = queue.Queue()
        self._io = ThreadPoolExecutor(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.arrived.put(path)
        if path.startswith("/late"):
            await asyncio.get_running_loop().run_in_executor(None, self.go_on.wait)
        if path in ("/file", "/late-file"):
            await self._send_file(scope, send)
        elif path == "/unread":
            await _answer(send, 200, b"unread")
        else:
            await self._receive(scope, receive, send)

    def close(self) -> None:
        self._io.shutdown()

    async def _receive(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        taken = _Taken(path, self.limit)
        direct: DirectBody | None = scope.get("extensions", {}).get(DIRECT_BODY)
        way = "direct" if direct is not None and direct.is_available and path != "/ordinary" else "ordinary"
        error: BaseException | None = None
        try:
            if direct is not None and way == "direct":
                await direct.receive(self._in_thread, taken.take)
            else:
                await _receive_ordinarily(receive, taken)
        except (TooLarge, BrokenFraming, BodyGone, asyncio.CancelledError, ArithmeticError) as caught:
            error = caught
        self.outcomes.put(Outcome(path, type(error).__name__ if error else way, taken.size, taken.sha256))
        if isinstance(error, asyncio.CancelledError):
            raise error
        if isinstance(error, BodyGone):
            return
        status = {TooLarge: 413, BrokenFraming: 400, ArithmeticError: 500}.get(type(error), 200)
        await _answer(send, status, f"{way} {taken.size} {taken.sha256}".encode())

    async def _send_file(self, scope: Scope, send: Send) -> None:
        assert self.file is not None
        query = dict(field.split("=") for field in scope["query_string"].decode().split("&") if field)
        start = int(query.get("start", 0))
        length = int(query.get("length", self.file.stat().st_size - start))
        sender: FileSender = scope["extensions"][SEND_FILE]
        error = "sent"
        with self.file.open("rb") as file:
            headers = [(b"content-length", b"%d" % length)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            try:
                await sender.send(self._in_thread, file.fileno(), start=start, length=length)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            except (ReceiverGone, asyncio.CancelledError) as caught:
                error = type(caught).__name__
                if isinstance(caught, asyncio.CancelledError):
                    raise
            finally:
                self.outcomes.put(Outcome(scope["path"], error, length, ""))

    def _in_thread(self, work: Callable[..., Turn], *arguments: object) -> Awaitable[Turn]:
        return asyncio.get_running_loop().run_in_executor(self._io, partial(work, *arguments))


class _Taken:
    """What an application has received."""

    def __init__(self, path: str, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def take(self, pieces: Sequence[bytes | memoryview]) -> None:
        size = sum(map(len, pieces))
        if self._path == "/fail":
            raise ArithmeticError("this application is broken")
        if self._path == "/refuse" and self.size + size > self._limit:
            raise TooLarge
        for piece in pieces:
            self._hash.update(piece)
        self.size += size


async def _receive_ordinarily(receive: Receive, taken: _Taken) -> None:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyGone
        taken.take([message.get("body", b"")])
        more = message.get("more_body", False)


async def _answer(send: Send, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class BodyServer:
    """The application behind uvicorn, in a thread of its own."""

    def __init__(self, application: BodyApplication, *, grace_seconds: int = 1, keep_alive_seconds: int = 75) -> None:
        self.application = application
        self._bound = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._bound.getsockname()[1]
        self.uvicorn = uvicorn.Server(
            uvicorn.Config(
                application,
                http=DirectProtocol,  # type: ignore[arg-type]
                loop="uvloop",
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=grace_seconds,
                timeout_keep_alive=keep_alive_seconds,
            )
        )
        self._thread = threading.Thread(target=self.uvicorn.run, kwargs={"sockets": [self._bound]})

    def __enter__(self) -> Self:
        self._thread.start()
        end = time.monotonic() + SECONDS
        while not self.uvicorn.started and time.monotonic() < end:
            time.sleep(0.005)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.application.go_on.set()
        self.uvicorn.should_exit = True
        self._thread.join(SECONDS)
        self.application.close()
        self._bound.close()
        assert not self._thread.is_alive(), "the server does not stop"

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self.uvicorn.server_state.connections)

    def connect(self) -> "RawClient":
        return RawClient(self.port)


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


class RawClient:
    """A connection that a test writes to byte by byte."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._stream.close()
        self.socket.close()

    def break_off(self) -> None:
        """Go away with a reset, as a machine that loses its connection."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def send(self, *pieces: bytes) -> None:
        """Send each piece by itself."""
        for piece in pieces:
            self.socket.sendall(piece)

    def head(self) -> tuple[int, dict[str, str]]:
        """The status and the headers of the next answer."""
        line = self._stream.readline()
        assert line.startswith(b"HTTP/1.1 "), line
        headers = http.client.parse_headers(self._stream)
        return int(line.split()[1]), {name.lower(): value for name, value in headers.items()}

    def answer(self) -> RawAnswer:
        """The next answer; its body has an announced length."""
        status, headers = self.head()
        return RawAnswer(status, headers, self.read(int(headers.get("content-length", 0))))

    def read(self, size: int) -> bytes:
        return self._stream.read(size)

    def is_ended(self) -> bool:
        """Whether the server ends the connection, after nothing more."""
        with suppress(ConnectionError):
            return self._stream.read(1) == b""
        return True


def await_true(condition: Callable[[], bool]) -> None:
    """Wait until it is so."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def chunked(body: bytes, size: int = 32 * 1024) -> bytes:
    """The body in chunks of that size."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def request(path: str, *headers: bytes, method: str = "POST") -> bytes:
    """The head of a request."""
    return b"\r\n".join([f"{method} {path} HTTP/1.1".encode(), b"Host: here", *headers, b"", b""])


def chunked_request(path: str, body: bytes, size: int = 32 * 1024) -> bytes:
    return request(path, b"Transfer-Encoding: chunked") + chunked(body, size)


def announced_request(path: str, body: bytes) -> bytes:
    return request(path, b"Content-Length: %d" % len(body)) + body


def summary(way: str, body: bytes) -> bytes:
    """What the application answers about a body that it received in that way; without a way, how such an answer ends."""
    return f"{way} {len(body)} {hashlib.sha256(body).hexdigest()}".encode()
