"""Sending files: a thread lets the system copy them from the page cache to the socket, and no byte passes through this process."""

import asyncio
import os
import socket
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from pierhead.platform.web.socket_turns import RunInThread, Turn, is_ready, take_turns

SEND_FILE = "pierhead.send_file"
"""The ASGI extension: a `FileSender`, on plain connections."""

_PIECE_BYTES = 1024 * 1024
_TURN_BYTES = 32 * 1024 * 1024  # after that many, another download gets the thread
_HEAD_SECONDS = 0.005


class ReceiverGone(Exception):
    """The client went away before it had everything."""


@dataclass(slots=True)
class _Stretch:
    """What is still to be sent."""

    file: int
    position: int
    end: int


class FileSender:
    """Sends a part of a file as the body of the answer whose head was sent just before."""

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    async def send(self, run_in_thread: RunInThread, file: int, *, start: int, length: int) -> None:
        """Send `length` bytes from `start`, which the head announced. The caller ends the answer with an empty last piece of the body.

        Raises ReceiverGone, also when the file is shorter: the connection is broken off then.
        """
        await self._wait_for_head()
        transport = self._cycle.transport
        stretch = _Stretch(file, start, start + length)
        turn = Turn.GONE
        try:
            turn = await take_turns(run_in_thread, partial(_send_some, stretch), transport, for_reading=False)
        finally:
            if turn is not Turn.ENDED:
                transport.abort()
        if turn is not Turn.ENDED:
            self._give_up()
        self._cycle.expected_content_length -= length

    async def _wait_for_head(self) -> None:
        """The head may still be with the event loop, and must not be overtaken."""
        transport = self._cycle.transport
        await asyncio.sleep(0)
        while transport.get_write_buffer_size():
            if transport.is_closing():
                break
            await asyncio.sleep(_HEAD_SECONDS)
        if transport.is_closing() or self._cycle.disconnected:
            self._give_up()

    def _give_up(self) -> NoReturn:
        # The server marks the latest request only, and a moment later; until then it would complain of an answer that is not whole.
        self._cycle.disconnected = True
        raise ReceiverGone


def _send_some(stretch: _Stretch, target: socket.socket) -> Turn:
    stop = min(stretch.end, stretch.position + _TURN_BYTES)
    while stretch.position < stop:
        try:
            sent = os.sendfile(target.fileno(), stretch.file, stretch.position, min(_PIECE_BYTES, stop - stretch.position))
        except BlockingIOError:
            if not is_ready(target, for_reading=False):
                return Turn.WAITS
            continue
        except (ConnectionError, TimeoutError):
            return Turn.GONE
        if sent == 0:
            # The file is shorter than it should be; breaking off is the only honest answer left.
            return Turn.GONE
        stretch.position += sent
    return Turn.ENDED if stretch.position == stretch.end else Turn.GOES_ON
