"""The HTTP server's protocol, with request bodies kept in pieces.

uvicorn appends every piece of a body to a bytearray, copies that for the application, and stops reading from the socket after 64 KiB. Large
uploads then copy each byte three times and wake the application 16 times per MiB. Here the pieces are joined once, and reading goes on
until a quarter of a MiB waits.
"""

from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_WAITING_BYTES = 256 * 1024


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


class PiecewiseProtocol(HttpToolsProtocol):
    """uvicorn's protocol on httptools, but for the body."""

    def on_body(self, body: bytes) -> None:
        """Keep the piece; the server's parser calls this."""
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
