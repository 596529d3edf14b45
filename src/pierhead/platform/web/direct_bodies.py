"""The HTTP server's protocol, for large uploads.

Through the event loop each byte of a body is copied by the parser and handed from thread to thread, each time into another core's cache. Here
an application may take a large body over: a thread then reads the socket itself, finds the body, and does with it what has to be done, in
one place and one buffer. Everything else, and every application that does not ask, works as uvicorn does it.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from functools import partial
from typing import Any, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from pierhead.platform.errors import PierheadError
from pierhead.platform.web.chunked import BodyDecoder, BrokenFraming, ChunkDecoder, LengthDecoder
from pierhead.platform.web.direct_answers import SEND_FILE, FileSender
from pierhead.platform.web.socket_turns import RunInThread, Turn, is_ready, take_turns

DIRECT_BODY = "pierhead.direct_body"
"""The ASGI extension: a `DirectBody`, where the request has a large body on a plain connection."""

_LARGE_BYTES = 1024 * 1024
_BUFFER_BYTES = 256 * 1024
_ENOUGH_BYTES = 128 * 1024  # are gathered before they are worked on, when they come quickly
_TURN_BYTES = 16 * 1024 * 1024  # after that many, another upload gets the thread
_HEAD_END = b"\r\n\r\n"
_ENDLESS = 1 << 62
_local = threading.local()

Take = Callable[[Sequence[memoryview]], None]


class BodyGone(Exception):
    """The client went away before its body was whole."""


class DirectBody:
    """A body that its application may read from the socket."""

    def __init__(self, parser: "_DirectParser", cycle: RequestResponseCycle, decoder: BodyDecoder) -> None:
        self._parser = parser
        self._cycle = cycle
        self._decoder = decoder
        self._early = b""

    @property
    def is_available(self) -> bool:
        """Whether nobody has begun to read the body in the ordinary way."""
        return self._parser.holds(self._cycle)

    async def receive(self, run_in_thread: RunInThread, take: Take) -> None:
        """Hand the whole body to `take`, in threads, in pieces that are valid during the call only.

        Raises what `take` raises, BodyGone, and BrokenFraming; everything received before was taken then.
        """
        self._early = self._parser.take_over(self._cycle)
        is_broken = True
        try:
            turn = await take_turns(run_in_thread, partial(self._read, take), self._parser.transport, for_reading=True)
            is_broken = turn is Turn.GONE
        except PierheadError:
            # The application does not want the body. Its framing is good, so the rest can be read over.
            is_broken = False
            raise
        finally:
            self._parser.give_back(self._cycle, self._decoder, is_broken=is_broken)
        if turn is Turn.GONE:
            # The server would learn of it a moment later, and complain until then that nobody answers.
            self._cycle.disconnected = True
            raise BodyGone

    def _read(self, take: Take, source: socket.socket) -> Turn:
        if self._early:
            early, self._early = bytearray(self._early), b""
            self._work(memoryview(early), take)
        buffer = _own_buffer()
        done = 0
        while not self._decoder.ended and done < _TURN_BYTES:
            filled, is_open = _fill(source, buffer)
            self._work(buffer[:filled], take)
            done += filled
            if self._decoder.ended:
                break
            if not is_open:
                return Turn.GONE
            if not filled and not is_ready(source, for_reading=True):
                return Turn.WAITS
        return Turn.ENDED if self._decoder.ended else Turn.GOES_ON

    def _work(self, data: memoryview, take: Take) -> None:
        pieces = self._decoder.decode(data) if len(data) else []
        if pieces:
            take(pieces)


def _own_buffer() -> memoryview:
    """This thread's buffer; always the same, so that it stays in the cache."""
    view: memoryview | None = getattr(_local, "buffer", None)
    if view is None:
        view = _local.buffer = memoryview(bytearray(_BUFFER_BYTES))
    return view


def _fill(source: socket.socket, buffer: memoryview) -> tuple[int, bool]:
    """Read what is there, up to the buffer's size; how much, and whether the connection is still open."""
    filled = 0
    while filled < _ENOUGH_BYTES:
        try:
            count = source.recv_into(buffer[filled:])
        except BlockingIOError:
            return filled, True
        except (ConnectionError, TimeoutError):
            return filled, False
        if count == 0:
            return filled, False
        filled += count
    return filled, True


class _DirectParser(HttpToolsProtocol):
    """uvicorn's protocol on httptools. The bytes of a large body are held back until it is known who reads them."""

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], loop: asyncio.AbstractEventLoop | None
    ) -> None:
        super().__init__(config, server_state, app_state, loop)
        self._held: bytearray | None = None  # bytes of a body nobody has asked for yet
        self._taken: BodyDecoder | None = None  # of a body that a thread reads, or that is read over
        self._held_cycle: RequestResponseCycle | None = None
        self._feeds_head = False
        self._tail = b""  # of what the parser has seen: a head's end may be spread over two packets
        self._method_to_repeat = b""  # of a head that is to be parsed again without its wish for another protocol
        self._is_encrypted = config.is_ssl

    def data_received(self, data: bytes) -> None:
        """Feed the parser, but for the bodies that are held back; the event loop calls this."""
        while len(data) and not self.transport.is_closing():
            present = self._present
            if self._taken is not None:
                self._read_over(memoryview(bytearray(data)))
                return
            if self._held is not None:
                self._hold(data)
                return
            if present is not None and present.more_body:
                self._feed(data)
                return
            data = self._receive_head(data)

    @property
    def _present(self) -> RequestResponseCycle | None:
        """The latest request; none before the first."""
        return self.cycle

    def _receive_head(self, data: bytes) -> bytes:
        """Feed the parser a request's head alone, so that what it makes of it decides about the body; what follows the head."""
        tail = self._tail
        at = (tail + bytes(data)).find(_HEAD_END)
        if at < 0:
            self._feed(data)
            return b""
        end = at + len(_HEAD_END) - len(tail)
        self._tail = b""
        self._feeds_head = True
        super().data_received(data[:end])
        if self._method_to_repeat:
            self._repeat_head()
        self._feeds_head = False
        return data[end:]

    def _feed(self, data: bytes) -> None:
        self._tail = (self._tail + bytes(data[-3:]))[-3:]
        super().data_received(data)

    def _repeat_head(self) -> None:
        method, self._method_to_repeat = self._method_to_repeat, b""
        fields = (name + b": " + value for name, value in self.headers if name != b"upgrade")
        head = b"\r\n".join([b" ".join([method, self.url, b"HTTP/1.1"]), *fields, b"", b""])
        self._renew_parser()
        super().data_received(head)

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: whoever wishes for another protocol may be answered in this one (RFC 9110, section 7.8)."""

    def on_headers_complete(self) -> None:
        """A request begins; httptools calls this."""
        if self.parser.should_upgrade() and self._announces_body():
            # The parser takes the body of such a request for the next request, and what stands in front of us may not.
            self._method_to_repeat = self._require_repeatable()
            return
        before = self._present
        super().on_headers_complete()
        cycle = self.cycle
        if self._is_encrypted:
            return
        extensions: dict[str, object] = {SEND_FILE: FileSender(cycle)}
        cast(MutableMapping[str, Any], self.scope)["extensions"] = extensions
        decoder = self._decoder_of_large_body()
        is_next = cycle is not before and (before is None or before.response_complete)
        if decoder is None or not is_next or not self._feeds_head:
            return
        self._held, self._held_cycle = bytearray(), cycle
        extensions[DIRECT_BODY] = DirectBody(self, cycle, decoder)
        # Whoever asks in the ordinary way gets the body in the ordinary way.
        cycle.receive = partial(self._receive_ordinarily, cycle, cycle.receive)  # type: ignore[method-assign]

    def on_body(self, body: bytes) -> None:
        """A piece of a body; httptools calls this. What the parser has seen of a body is not held."""
        if self._held is not None:
            self._held, self._held_cycle = None, None
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A body is whole; httptools calls this. Then nothing of it is held."""
        if self._method_to_repeat:
            return
        self._held, self._held_cycle = None, None
        super().on_message_complete()
        # Also when the answer was quicker, so that the next head is looked for.
        self.cycle.more_body = False

    def on_response_complete(self) -> None:
        """An answer is whole; what the client still sends for it is read over."""
        super().on_response_complete()
        # Afterwards: the next request may begin in what is held, and it ends the wait for one.
        self._stop_holding()

    def holds(self, cycle: RequestResponseCycle) -> bool:
        """Whether the whole body of this request, so far, waits here."""
        return self._held is not None and self._held_cycle is cycle and not cycle.disconnected and not self.transport.is_closing()

    def take_over(self, cycle: RequestResponseCycle) -> bytes:
        """Stop reading for a thread that reads the socket itself; the bytes that came already."""
        early, self._held, self._held_cycle = bytes(self._held or b""), None, None
        self._taken = LengthDecoder(_ENDLESS)
        self.flow.pause_reading()
        if cycle.waiting_for_100_continue:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            cycle.waiting_for_100_continue = False
        return early

    def give_back(self, cycle: RequestResponseCycle, decoder: BodyDecoder, *, is_broken: bool) -> None:
        """Go on reading behind the body. The rest of a body that is not whole is read over; after a broken one the connection ends."""
        cycle.more_body = False
        self.flow.resume_reading()
        if is_broken:
            cycle.keep_alive = False
        else:
            self._taken = decoder
            if decoder.ended:
                self._begin_anew()

    async def _receive_ordinarily(self, cycle: RequestResponseCycle, receive: Callable[[], Awaitable[Any]]) -> Any:
        if self._held_cycle is cycle:
            self._stop_holding()
        return await receive()

    def _announces_body(self) -> bool:
        return any(name == b"transfer-encoding" or (name == b"content-length" and value.strip(b" \t0")) for name, value in self.headers)

    def _require_repeatable(self) -> bytes:
        method: bytes = self.parser.get_method()
        if not self._feeds_head or method == b"CONNECT" or self.parser.get_http_version() != "1.1":
            raise BrokenFraming("a request with a body wishes for another protocol")
        return method

    def _decoder_of_large_body(self) -> BodyDecoder | None:
        for name, value in self.headers:
            if name == b"transfer-encoding":
                return ChunkDecoder() if value.strip().lower() == b"chunked" else None
            if name == b"content-length" and value.isdigit() and int(value) >= _LARGE_BYTES:
                return LengthDecoder(int(value))
        return None

    def _hold(self, data: bytes) -> None:
        if self._held is not None:
            self._held += data
            if len(self._held) >= _BUFFER_BYTES:
                self.flow.pause_reading()

    def _stop_holding(self) -> None:
        held, self._held, self._held_cycle = self._held, None, None
        if held and not self.transport.is_closing():
            self._feed(bytes(held))

    def _read_over(self, data: memoryview) -> None:
        decoder = self._taken
        if decoder is None or not len(data):
            return
        try:
            decoder.decode(data)
        except BrokenFraming:
            self.transport.close()
            return
        if decoder.ended:
            self._begin_anew()

    def _begin_anew(self) -> None:
        """The parser has not seen the body that ended, so the next request gets a new one."""
        rest = self._taken.rest if self._taken is not None else b""
        self._taken = None
        self._renew_parser()
        if rest:
            self.data_received(rest)

    def _renew_parser(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        with contextlib.suppress(AttributeError):
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)


class DirectProtocol(asyncio.BufferedProtocol):
    """What the event loop talks to: it reads into one buffer of the process, and the parser reads from there."""

    # The parser is done with the buffer when it returns, and a process has one event loop, so all connections share one.
    _buffer = bytearray(_BUFFER_BYTES)
    _view = memoryview(_buffer)

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        self._parser = _DirectParser(config, server_state, app_state, _loop)
        self.connection_lost = self._parser.connection_lost  # type: ignore[method-assign]
        self.eof_received = self._parser.eof_received  # type: ignore[method-assign]
        self.pause_writing = self._parser.pause_writing  # type: ignore[method-assign]
        self.resume_writing = self._parser.resume_writing  # type: ignore[method-assign]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self._parser.connection_made(cast(asyncio.Transport, transport))

    def get_buffer(self, _sizehint: int) -> bytearray:
        """Where the event loop shall read to."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Parse what the event loop has read."""
        self._parser.data_received(cast(bytes, self._view[:nbytes]))
