"""Working on a connection's socket by turns: in a thread while there is something to do, in the event loop while there is not."""

import asyncio
import enum
import os
import select
import socket
from collections.abc import Awaitable, Callable
from functools import partial

_PATIENCE_MILLISECONDS = 3  # a thread waits so long for the other side before it gives itself back


class Turn(enum.Enum):
    """How a thread's turn ended. WAITS: for the other side. GOES_ON: others want the thread too."""

    ENDED = enum.auto()
    GONE = enum.auto()
    WAITS = enum.auto()
    GOES_ON = enum.auto()


RunInThread = Callable[..., Awaitable[Turn]]


async def take_turns(
    run_in_thread: RunInThread, work: Callable[[socket.socket], Turn], transport: asyncio.BaseTransport, *, for_reading: bool
) -> Turn:
    """Run `work` with the transport's socket, again and again, until it says ENDED or GONE. The transport itself must be idle in that direction."""
    # A socket object of our own: the event loop refuses to watch one that its transport uses.
    duplicate = socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))
    try:
        turn = Turn.GOES_ON
        while turn in (Turn.WAITS, Turn.GOES_ON):
            if turn is Turn.WAITS:
                await _wait_ready(duplicate.fileno(), for_reading=for_reading)
            turn = await _finish(run_in_thread(work, duplicate))
        return turn
    finally:
        duplicate.close()


def is_ready(waited_for: socket.socket, *, for_reading: bool) -> bool:
    """Whether the other side does its part within a moment; for threads."""
    poller = select.poll()
    poller.register(waited_for, select.POLLIN if for_reading else select.POLLOUT)
    return bool(poller.poll(_PATIENCE_MILLISECONDS))


async def _wait_ready(file: int, *, for_reading: bool) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    add, remove = (loop.add_reader, loop.remove_reader) if for_reading else (loop.add_writer, loop.remove_writer)
    add(file, partial(_set, ready))
    try:
        await ready
    finally:
        remove(file)


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def _finish(turn: Awaitable[Turn]) -> Turn:
    """Wait for a thread also when this task is cancelled: it must not work with what its task has let go of."""
    running = asyncio.ensure_future(turn)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise
