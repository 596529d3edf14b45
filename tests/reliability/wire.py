"""HTTP/1.1 spoken by hand over asyncio: the tests decide about every byte, also about the wrong ones."""

import asyncio
import base64
import json
from collections.abc import AsyncIterable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

ANSWER_SECONDS = 60.0  # an answer that takes longer counts as a hung connection
_PIECE_BYTES = 256 * 1024

Headers = Mapping[str, str]
Body = bytes | AsyncIterable[bytes]


class ConnectionLost(Exception):
    """The server closed or broke the connection before the answer was whole."""


class ServerHung(Exception):
    """The server neither answered nor closed the connection."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; header names are lower case, repeated headers are joined by commas."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The first OCI error code."""
        return str(self.json["errors"][0]["code"])

    def require(self, *statuses: int) -> Self:
        """Raises AssertionError with the body when the status is another one."""
        assert self.status in statuses, f"answered {self.status} instead of {statuses}: {self.body[:500]!r}"
        return self


class Wire:
    """One connection to a server, opened when it is needed and again after it was lost."""

    def __init__(self, port: int, *, token: str | None = None, host: str | None = None) -> None:
        self.token = token
        self._port = port
        self._host = host or f"127.0.0.1:{port}"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Drop the connection, whatever is under way on it."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None

    async def streams(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The open connection."""
        if self._streams is None:
            try:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=1024 * 1024)
            except OSError as error:
                raise ConnectionLost from error
        return self._streams

    async def request(self, method: str, target: str, headers: Headers | None = None, body: Body = b"") -> Answer:
        """Send a request and read its answer. An iterable body goes out in chunks of unknown total length.

        Raises ConnectionLost and ServerHung; the connection is closed then.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._exchange(method, target, headers or {}, body)
        except TimeoutError as error:
            self.close()
            raise ServerHung(f"{method} {target[:200]}") from error
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            raise ConnectionLost from error
        except BaseException:
            self.close()
            raise

    async def send(self, content: bytes) -> None:
        """Send bytes as they are."""
        _, writer = await self.streams()
        writer.write(content)
        await writer.drain()

    async def begin(self, method: str, target: str, headers: Headers) -> None:
        """Send a request's head alone."""
        await self.send(self._head(method, target, headers))

    async def read_answer(self, method: str) -> Answer:
        """Read an answer to the end of its body."""
        reader, _ = await self.streams()
        status, headers = await self.read_head()
        body = await _read_body(reader, method, status, headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, body)

    async def download(self, target: str, take: Callable[[bytes], object]) -> int:
        """GET a blob and hand its bytes on, never holding more than a piece; their number."""
        await self.begin("GET", target, {})
        status, headers = await self.read_head()
        assert status == 200, status
        reader, _ = await self.streams()
        left = size = int(headers["content-length"])
        while left:
            piece = await reader.read(min(left, _PIECE_BYTES))
            if not piece:
                raise ConnectionLost
            take(piece)
            left -= len(piece)
        return size

    async def read_head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of an answer; `100 Continue` is passed over."""
        reader, _ = await self.streams()
        status = int((await self._line(reader)).split(b" ")[1])
        headers: dict[str, str] = {}
        while line := await self._line(reader):
            name, _, value = line.decode("latin-1").partition(":")
            key, value = name.strip().lower(), value.strip()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        return await self.read_head() if status == 100 else (status, headers)

    async def _exchange(self, method: str, target: str, headers: Headers, body: Body) -> Answer:
        if isinstance(body, bytes):
            await self.send(self._head(method, target, {"Content-Length": str(len(body)), **headers}) + body)
            return await self.read_answer(method)
        await self.begin(method, target, {"Transfer-Encoding": "chunked", **headers})
        sending = asyncio.ensure_future(self._send_chunks(body))
        try:
            # A refusal may arrive while the body is still on its way, and nobody reads the rest of it then.
            return await self.read_answer(method)
        finally:
            if sending.done():
                sending.exception()
            else:
                sending.cancel()
                self.close()

    async def _send_chunks(self, body: AsyncIterable[bytes]) -> None:
        async for piece in body:
            if piece:
                await self.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        await self.send(b"0\r\n\r\n")

    def _head(self, method: str, target: str, headers: Headers) -> bytes:
        lines = [f"{method} {target} HTTP/1.1"]
        if "Host" not in headers:
            lines.append(f"Host: {self._host}")
        if self.token is not None and "Authorization" not in headers:
            lines.append(f"Authorization: Bearer {self.token}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")

    async def _line(self, reader: asyncio.StreamReader) -> bytes:
        return (await reader.readuntil(b"\r\n"))[:-2]


async def _read_body(reader: asyncio.StreamReader, method: str, status: int, headers: Headers) -> bytes:
    if method == "HEAD" or status in {204, 304}:
        return b""
    if "chunked" in headers.get("transfer-encoding", ""):
        body = bytearray()
        while size := int((await reader.readuntil(b"\r\n"))[:-2], 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        return bytes(body)
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    return await reader.read()


async def fetch_token(port: int, user: str, password: str, *scopes: str, host: str | None = None) -> str:
    """A bearer token for Basic credentials; an empty user name gets an anonymous one."""
    headers = {"Authorization": basic(user, password)} if user else {}
    async with Wire(port, host=host) as wire:
        query = "&".join(f"scope={scope}" for scope in scopes)
        answer = await wire.request("GET", f"/v2/auth?{query}", headers)
        return str(answer.require(200).json["token"])


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
