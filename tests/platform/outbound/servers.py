"""A real HTTP server on this machine that remembers what it was asked."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Message
    body: bytes


@dataclass
class Server:
    """A running server; `release` ends answers that hang."""

    port: int
    asked: list[Asked] = field(default_factory=list)
    redirects: dict[str, tuple[int, str]] = field(default_factory=dict)
    release: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


class _Handler(BaseHTTPRequestHandler):
    state: Server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.state.asked.append(Asked(self.command, self.path, self.headers, body))
        if self.path in self.state.redirects:
            status, location = self.state.redirects[self.path]
            self.send_response(status)
            self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/silent":
            self.state.release.wait(30)
        elif self.path == "/trickle":
            self._trickle()
        elif self.path == "/endless":
            self._send_for_ever()
        else:
            self.send_response(418 if self.path == "/teapot" else 200)
            self.send_header("X-Two", "one")
            self.send_header("X-Two", "two")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(b"hello")

    do_GET = do_POST = do_HEAD = do_PUT = _answer  # noqa: N815  # names that the base class looks for

    def _trickle(self) -> None:
        """Send a header that never ends, a byte at a time."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.state.release.wait(0.02):
            self.wfile.write(b"x")

    def _send_for_ever(self) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.state.release.is_set():
            self.wfile.write(bytes(65536))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Stay quiet."""


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what these tests are about."""


@contextmanager
def running_server(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server on 127.0.0.1, with TLS when a context is given."""

    class Handler(_Handler):
        """A class of this server's own, since the base class makes an object for every connection."""

    with _QuietServer(("127.0.0.1", 0), Handler) as server:
        state = Handler.state = Server(server.server_port)
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield state
        finally:
            state.release.set()
            server.shutdown()
            thread.join()
