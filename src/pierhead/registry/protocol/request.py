"""One `/v2` request and its answers, on bare ASGI."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from pierhead.platform.errors import Invalid, NotFound, PierheadError, TooLarge
from pierhead.registry.authorize import Caller
from pierhead.registry.protocol.paths import Target

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]

VERSION_HEADER = (b"docker-distribution-api-version", b"registry/2.0")
JSON_TYPE = (b"content-type", b"application/json")
_MAXIMUM_QUERY = 64 * 1024
_MAXIMUM_FIELDS = 1000


class ClientGone(Exception):
    """The client went away in the middle of its request; nobody is left to answer."""


class RequestInvalid(Invalid):
    """A parameter or header cannot be read."""


class PageSizeInvalid(RequestInvalid):
    """The parameter `n` of a list is no number."""


class ClientTooOld(NotFound):
    """A Docker client from before the protocol, which takes 404 for "this server does not speak it"."""

    message = "This client is too old. Please use Docker 1.6 or newer."


class MethodNotAllowed(PierheadError):
    """The object exists in the protocol, the method on it does not."""

    message = "The operation is unsupported."


class Request:
    """A request whose path was understood. Headers and query are read when they are asked for."""

    __slots__ = ("_query", "_send", "caller", "method", "receive", "scope", "target")

    def __init__(self, scope: Scope, receive: Receive, send: Send, target: Target) -> None:
        self.scope = scope
        self.receive = receive
        self._send = send
        self.method: str = scope["method"]
        self.target = target
        self.caller = Caller()
        self._query: list[tuple[str, str]] | None = None

    def header(self, name: bytes) -> str:
        """The value of a header (lower-case name), empty when it is missing. Several are joined by commas."""
        values = [value for key, value in self.scope["headers"] if key == name]
        if not values:
            return ""
        return (values[0] if len(values) == 1 else b", ".join(values)).decode("latin-1")

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's fields in order. Raises RequestInvalid when there are too many, or a value holds what no database stores."""
        if self._query is None:
            raw = self.scope["query_string"]
            if len(raw) > _MAXIMUM_QUERY:
                raise RequestInvalid("The query is too long.")
            try:
                self._query = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=_MAXIMUM_FIELDS, errors="replace")
            except ValueError:
                raise RequestInvalid("The query has too many fields.") from None
            if any("\0" in value for _, value in self._query):
                raise RequestInvalid("The query holds a NUL character.")
        return self._query

    def parameter(self, name: str) -> str | None:
        """The first value of a query field; None when it is missing."""
        if not self.scope["query_string"]:
            return None
        return next((value for key, value in self.query if key == name), None)

    def parameters(self, name: str) -> list[str]:
        """Every value of a query field."""
        return [value for key, value in self.query if key == name] if self.scope["query_string"] else []

    @property
    def content_length(self) -> int | None:
        """The announced length of the body in bytes; None when it is not announced."""
        text = self.header(b"content-length")
        return int(text) if text.isdecimal() and len(text) < 20 else None

    async def read_body(self, maximum_bytes: int, too_large: TooLarge) -> bytes:
        """The whole body. Raises `too_large` beyond the maximum, and ClientGone."""
        length = self.content_length
        if length is not None and length > maximum_bytes:
            raise too_large
        pieces: list[bytes] = []
        size = 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            piece = message.get("body", b"")
            size += len(piece)
            if size > maximum_bytes:
                raise too_large
            pieces.append(piece)
            if not message.get("more_body", False):
                return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def start(self, status: int, headers: Headers) -> None:
        """Send the status line and headers; the body follows by `send_piece`."""
        await self._send({"type": "http.response.start", "status": status, "headers": [VERSION_HEADER, *headers]})

    async def send_piece(self, piece: bytes, *, more: bool) -> None:
        """Send a part of the body."""
        await self._send({"type": "http.response.body", "body": piece, "more_body": more})

    async def respond(self, status: int, headers: Headers = (), body: bytes = b"") -> None:
        """Answer whole. The length is announced also where HEAD leaves out the body."""
        length = (b"content-length", b"%d" % len(body))
        await self._send({"type": "http.response.start", "status": status, "headers": [VERSION_HEADER, *headers, length]})
        await self._send({"type": "http.response.body", "body": b"" if self.method == "HEAD" else body})

    async def respond_empty(self, status: int, headers: Headers = ()) -> None:
        """Answer without a body: 204 and 304 carry no length either."""
        length = () if status in (204, 304) else ((b"content-length", b"0"),)
        await self._send({"type": "http.response.start", "status": status, "headers": [VERSION_HEADER, *headers, *length]})
        await self._send({"type": "http.response.body", "body": b""})

    async def respond_json(self, status: int, value: object, headers: Headers = ()) -> None:
        """Answer with JSON."""
        types = () if any(name == b"content-type" for name, _ in headers) else (JSON_TYPE,)
        await self.respond(status, (*types, *headers), msgspec.json.encode(value))
