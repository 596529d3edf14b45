"""Bytes of blobs on their way in and out, without ever holding a whole one.

In: the server's small pieces are gathered into batches; one batch is hashed and written in a thread while the next is received.
Out: pieces are read in a thread and sent; a client that goes away stops the reading.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pierhead.platform.blobstore.base import BlobReader
from pierhead.platform.web.body_pieces import RECEIVE_PIECES
from pierhead.registry.model.ranges import ByteRange
from pierhead.registry.protocol.request import ClientGone, Headers, Request
from pierhead.registry.protocol.services import RegistryServices

_BATCH_BYTES = 1024 * 1024
_PIECE_BYTES = 1024 * 1024

Take = Callable[[Sequence[bytes]], None]


async def receive_body(services: RegistryServices, request: Request, take: Take) -> None:
    """Hand the request's body to `take` (called in a thread, one call at a time) in batches.

    Raises what `take` raises, and ClientGone when the body breaks off; everything received before has been taken then.
    """
    loop = asyncio.get_running_loop()
    receive = request.scope.get("extensions", {}).get(RECEIVE_PIECES) or _joined(request)
    running: asyncio.Future[None] | None = None
    batch: list[bytes] = []
    size = 0
    try:
        more = True
        while more:
            received = await receive()
            pieces, more = received or ((), False)
            batch += pieces
            size += sum(map(len, pieces))
            if batch and (size >= _BATCH_BYTES or not more):
                if running is not None:
                    await running
                running = loop.run_in_executor(services.io, take, batch)
                batch, size = [], 0
            if received is None:
                raise ClientGone
    finally:
        if running is not None:
            await running


def _joined(request: Request) -> Callable[[], Awaitable[tuple[Sequence[bytes], bool] | None]]:
    """Plain ASGI in the form of the extension."""

    async def receive() -> tuple[Sequence[bytes], bool] | None:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            return None
        piece = message.get("body", b"")
        return ((piece,) if piece else ()), message.get("more_body", False)

    return receive


async def send_blob(
    services: RegistryServices, request: Request, reader: BlobReader, span: ByteRange, status: int, headers: Headers
) -> None:
    """Send the bytes of `span`, after the status and headers; `content-length` is added."""
    await request.start(status, (*headers, (b"content-length", b"%d" % span.length)))
    position, end = span.start, span.end + 1
    gone = asyncio.ensure_future(_wait_until_gone(request))
    try:
        while position < end and not gone.done():
            piece = await services.in_thread(reader.read, position, min(_PIECE_BYTES, end - position))
            if not piece:
                # The file is shorter than its row says; closing the connection early is the only honest answer left.
                raise ClientGone
            position += len(piece)
            await request.send_piece(piece, more=position < end)
    finally:
        gone.cancel()


async def _wait_until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
