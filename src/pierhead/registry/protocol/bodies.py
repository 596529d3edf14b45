"""Bytes of blobs on their way in and out, without ever holding a whole one.

In: the server's small pieces are gathered into batches; one batch is hashed and written in a thread while the next is received.
Out: pieces are read in a thread and sent; a client that goes away stops the reading.
"""

import asyncio
from collections.abc import Callable, Sequence

from pierhead.platform.blobstore.base import BlobReader
from pierhead.platform.web.chunked import BrokenFraming
from pierhead.platform.web.direct_answers import SEND_FILE, FileSender, ReceiverGone
from pierhead.platform.web.direct_bodies import DIRECT_BODY, BodyGone, DirectBody
from pierhead.registry.model.errors import UploadInvalid
from pierhead.registry.model.ranges import ByteRange
from pierhead.registry.protocol.request import ClientGone, Headers, Request
from pierhead.registry.protocol.services import RegistryServices

_BATCH_BYTES = 1024 * 1024
_PIECE_BYTES = 1024 * 1024

Take = Callable[[Sequence[bytes | memoryview]], None]


async def receive_body(services: RegistryServices, request: Request, take: Take) -> None:
    """Hand the request's body to `take` (called in a thread, one call at a time) in batches.

    Raises what `take` raises, UploadInvalid for broken framing, and ClientGone when the body breaks off; everything received before has
    been taken then.
    """
    direct: DirectBody | None = request.scope.get("extensions", {}).get(DIRECT_BODY)
    if direct is None or not direct.is_available:
        await _receive_through_loop(services, request, take)
        return
    try:
        await direct.receive(services.in_thread, take)
    except BodyGone:
        raise ClientGone from None
    except BrokenFraming as error:
        raise UploadInvalid(f"The body is malformed: {error}.") from None


async def _receive_through_loop(services: RegistryServices, request: Request, take: Take) -> None:
    """For small bodies, TLS, and servers without the extension: one batch is taken while the next is received."""
    running: asyncio.Future[None] | None = None
    batch: list[bytes] = []
    size = 0
    try:
        more = True
        while more:
            message = await request.receive()
            gone = message["type"] == "http.disconnect"
            more = message.get("more_body", False) and not gone
            piece = message.get("body", b"")
            if piece:
                batch.append(piece)
                size += len(piece)
            if batch and (size >= _BATCH_BYTES or not more):
                if running is not None:
                    await running
                running = services.io.run(take, batch)
                batch, size = [], 0
            if gone:
                raise ClientGone
    finally:
        if running is not None:
            await running


async def send_blob(
    services: RegistryServices, request: Request, reader: BlobReader, span: ByteRange, status: int, headers: Headers
) -> None:
    """Send the bytes of `span`, after the status and headers; `content-length` is added."""
    await request.start(status, (*headers, (b"content-length", b"%d" % span.length)))
    sender: FileSender | None = request.scope.get("extensions", {}).get(SEND_FILE)
    if sender is not None and reader.file is not None:
        try:
            await sender.send(services.in_thread, reader.file, start=span.start, length=span.length)
        except ReceiverGone:
            raise ClientGone from None
        await request.send_piece(b"", more=False)
        return
    await _send_through_loop(services, request, reader, span)


async def _send_through_loop(services: RegistryServices, request: Request, reader: BlobReader, span: ByteRange) -> None:
    """For TLS, and for stores and servers without files to send."""
    position, end = span.start, span.end + 1
    gone = asyncio.ensure_future(wait_until_gone(request))
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


async def wait_until_gone(request: Request) -> None:
    """Return when the client has left. The body of the request is not needed any more."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
