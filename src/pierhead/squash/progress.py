"""How far a stream is that a thread writes, for coroutines that follow it."""

from collections import deque
from threading import Lock

from pierhead.platform.threads import LoopOutcome

_RECENT_PIECES = 8


class Progress:
    """Told by one thread, awaited by any number of coroutines. The last pieces stay in memory for whoever keeps up."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[LoopOutcome] = []
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=_RECENT_PIECES)
        self.available_bytes = 0
        self.has_ended = False

    def advance(self, piece: bytes) -> None:
        """The piece can be read by now."""
        with self._lock:
            self._recent.append((self.available_bytes, piece))
            self.available_bytes += len(piece)
            waiting, self._waiting = self._waiting, []
        for outcome in waiting:
            outcome.set_result(None)

    def end(self) -> None:
        """Nothing more will come: all is there, or it failed."""
        with self._lock:
            self.has_ended = True
            waiting, self._waiting = self._waiting, []
        for outcome in waiting:
            outcome.set_result(None)

    def find_recent(self, position: int) -> bytes | None:
        """The bytes from `position` to the end of their piece, if they are among the last ones."""
        with self._lock:
            for start, piece in self._recent:
                if start <= position < start + len(piece):
                    return piece[position - start :] if position > start else piece
        return None

    async def wait_beyond(self, position: int) -> bool:
        """Wait until there are bytes at `position`; False when there never will be."""
        while True:
            with self._lock:
                if self.available_bytes > position or self.has_ended:
                    return self.available_bytes > position
                outcome = LoopOutcome()
                self._waiting.append(outcome)
            await outcome.future

    async def wait_for_end(self) -> None:
        """Wait until the stream has ended."""
        while not self.has_ended:
            with self._lock:
                if self.has_ended:
                    return
                outcome = LoopOutcome()
                self._waiting.append(outcome)
            await outcome.future
