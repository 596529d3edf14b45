"""HTTP/1.1 as the benchmark speaks it: bare keep-alive connections that cost the machine next to nothing."""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from bench.errors import BenchError, UnexpectedAnswer

HEAD_END = b"\r\n\r\n"
PIECE = 1 << 20
PATIENCE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server listens. Certificates are not checked: this is a benchmark, often against a throw-away one."""

    host: str
    port: int
    tls: bool = False
    authority: str = ""

    @classmethod
    def of(cls, url: str) -> Self:
        """Read the endpoint of an http or https address. Raises BenchError for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BenchError(f"{url!r} is no address of a registry; write it like http://127.0.0.1:5000")
        tls = parts.scheme == "https"
        return cls(parts.hostname, parts.port or (443 if tls else 80), tls, parts.netloc)

    def open_socket(self) -> socket.socket:
        """A connected socket that sends small packets at once."""
        plain = socket.create_connection((self.host, self.port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.settimeout(PATIENCE_SECONDS)
        if not self.tls:
            return plain
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context.wrap_socket(plain, server_hostname=self.host)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (names in lower case) and, where it was read, the body."""

    status: int
    headers: dict[str, str]
    body: bytes = b""

    def require(self, *statuses: int) -> Self:
        """This answer, when its status is one of `statuses`. Raises UnexpectedAnswer otherwise."""
        if self.status not in statuses:
            raise UnexpectedAnswer(f"status {self.status} instead of {' or '.join(map(str, statuses))}: {self.body[:300]!r}")
        return self

    @property
    def location(self) -> str:
        """Path and query of the Location header, or nothing."""
        return path_of(self.headers.get("location", ""))


def path_of(location: str) -> str:
    """Path and query of an absolute or relative address."""
    parts = urlsplit(location)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def with_digest(path: str, digest: str) -> str:
    """The address that ends an upload."""
    return f"{path}{'&' if '?' in path else '?'}digest={digest}"


def parse_head(raw: bytes) -> tuple[int, dict[str, str]]:
    """Status and headers of the bytes before the empty line; a header given twice keeps its last value."""
    lines = raw.decode("latin-1").split("\r\n")
    status = int(lines[0].split(" ", 2)[1])
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.lower()] = value.strip()
    return status, headers


class Connection:
    """A blocking keep-alive connection."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._socket = endpoint.open_socket()
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def send_file(self, path: Path) -> None:
        """Send a whole file by sendfile(2); over TLS by copying."""
        with path.open("rb") as file:
            if not self.endpoint.tls:
                self._socket.sendfile(file)
                return
            while piece := file.read(PIECE):
                self._socket.sendall(piece)

    def ask(self, request: bytes, *, bodiless: bool = False) -> Answer:
        """Send a request and read its whole answer. `bodiless` for HEAD, whose answer tells a length but has no body."""
        self.send(request)
        return self.read_answer(bodiless=bodiless)

    def read_answer(self, *, bodiless: bool = False) -> Answer:
        """Read one final answer with its body; interim answers (1xx) are skipped."""
        head = self.read_head()
        if bodiless or head.status in (204, 304):
            return head
        if head.headers.get("transfer-encoding", "").lower() == "chunked":
            return Answer(head.status, head.headers, self._read_chunked())
        return Answer(head.status, head.headers, self._read_exactly(int(head.headers.get("content-length", "0"))))

    def read_head(self) -> Answer:
        """Read status and headers of a final answer and leave its body unread."""
        while True:
            while HEAD_END not in self._buffer:
                self._fill()
            raw, self._buffer = self._buffer.split(HEAD_END, 1)
            status, headers = parse_head(raw)
            if status >= 200:
                return Answer(status, headers)

    def discard(self, length: int) -> int:
        """Receive `length` bytes of a body without keeping them, over plain HTTP without even copying them; returns how many came."""
        received = min(length, len(self._buffer))
        self._buffer = self._buffer[received:]
        scratch = bytearray(PIECE)
        flags = 0 if self.endpoint.tls else socket.MSG_TRUNC
        while received < length:
            count = self._socket.recv_into(scratch, min(PIECE, length - received), flags)
            if not count:
                break
            received += count
        return received

    def _fill(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._buffer += data

    def _read_exactly(self, length: int) -> bytes:
        pieces = [self._buffer[:length]]
        self._buffer = self._buffer[length:]
        missing = length - len(pieces[0])
        while missing:
            data = self._socket.recv(min(PIECE, missing))
            if not data:
                raise ConnectionError("the server closed the connection inside a body")
            pieces.append(data)
            missing -= len(data)
        return b"".join(pieces)

    def _read_chunked(self) -> bytes:
        pieces = []
        while True:
            while b"\r\n" not in self._buffer:
                self._fill()
            line, self._buffer = self._buffer.split(b"\r\n", 1)
            size = int(line.split(b";")[0], 16)
            pieces.append(self._read_exactly(size + 2)[:size])
            if not size:
                return b"".join(pieces)
