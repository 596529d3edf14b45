"""The HTTP server's protocol, for large request bodies.

uvicorn lets each byte of a body be copied four times on its way to the application: from the event loop's buffer, by the parser, into a
bytearray and out of it; and it stops reading from the socket after 64 KiB. Here the parser reads the event loop's buffer itself, its pieces
are kept as they are, and reading goes on until a quarter of a MiB waits. An application that knows of it receives the pieces; for all
others they are joined.
"""

import asyncio
from collections.abc import MutableMapping
from functools import partial
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

_WAITING_BYTES = 256 * 1024
_READ_BYTES = 256 * 1024

RECEIVE_PIECES = "pierhead.receive_pieces"
"""The ASGI extension: awaited instead of `receive`, it returns (pieces, whether more follow), or None when the client is gone."""

# The parser is done with the buffer when it returns, and a process has one event loop, so all connections share one.
_buffer = bytearray(_READ_BYTES)
_view = memoryview(_buffer)


class BodyPieces:
    """Stands in for the bytearray of uvicorn's request cycle: grows by `+=`, has a length, becomes `bytes`."""

    __slots__ = ("_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def __iadd__(self, piece: bytes) -> "BodyPieces":
        self._pieces.append(piece)
        self._size += len(piece)
        return self

    def __len__(self) -> int:
        return self._size

    def __bytes__(self) -> bytes:
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)

    def take(self) -> list[bytes]:
        """Everything that waits, which waits no more."""
        taken, self._pieces, self._size = self._pieces, [], 0
        return taken


class _PiecewiseParser(HttpToolsProtocol):
    """uvicorn's protocol on httptools, but for the body."""

    def on_headers_complete(self) -> None:
        """A request begins; httptools calls this."""
        super().on_headers_complete()
        cast(MutableMapping[str, Any], self.scope)["extensions"] = {RECEIVE_PIECES: partial(_receive_pieces, self.cycle)}

    def on_body(self, body: bytes) -> None:
        """Keep the piece; httptools calls this."""
        cycle = self.cycle
        if cycle.response_complete:
            return
        # The cycle starts anew with a bytearray whenever the application has taken what was there.
        pieces = cast(BodyPieces, cycle.body)
        if not isinstance(pieces, BodyPieces):
            pieces = BodyPieces()
            cycle.body = cast(bytearray, pieces)
        pieces += body
        if len(pieces) > _WAITING_BYTES:
            self.flow.pause_reading()
        cycle.message_event.set()


async def _receive_pieces(cycle: RequestResponseCycle) -> tuple[list[bytes], bool] | None:
    """As the cycle's `receive`, without joining."""
    if cycle.waiting_for_100_continue and not cycle.transport.is_closing():
        cycle.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        cycle.waiting_for_100_continue = False
    if not _is_over(cycle):
        cycle.flow.resume_reading()
        await cycle.message_event.wait()
        cycle.message_event.clear()
    if _is_over(cycle):
        return None
    waiting: object = cycle.body
    return (waiting.take() if isinstance(waiting, BodyPieces) else []), cycle.more_body


def _is_over(cycle: RequestResponseCycle) -> bool:
    return cycle.disconnected or cycle.response_complete


class PiecewiseProtocol(asyncio.BufferedProtocol):
    """What the event loop talks to: it reads into our buffer, and the parser reads from there."""

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        self._parser = _PiecewiseParser(config, server_state, app_state, _loop)
        self.connection_lost = self._parser.connection_lost  # type: ignore[method-assign]
        self.eof_received = self._parser.eof_received  # type: ignore[method-assign]
        self.pause_writing = self._parser.pause_writing  # type: ignore[method-assign]
        self.resume_writing = self._parser.resume_writing  # type: ignore[method-assign]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self._parser.connection_made(cast(asyncio.Transport, transport))

    def get_buffer(self, _sizehint: int) -> bytearray:
        """Where the event loop shall read to."""
        return _buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Parse what the event loop has read."""
        self._parser.data_received(cast(bytes, _view[:nbytes]))
