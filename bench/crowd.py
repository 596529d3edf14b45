"""An epoll client: many connections, each walking through scripted requests, at little cost per request.

It sends the small pushes and the HEAD requests; wrk and h2load (HTTP/1.1) wait for a body after HEAD.
"""

import selectors
import socket
import ssl
import time
from collections import Counter
from collections.abc import Generator, Iterable
from typing import TypeAlias

from bench.errors import BenchError
from bench.wire import HEAD_END, Answer, Endpoint, parse_head

Job: TypeAlias = Generator[bytes, Answer, str | None]
"""Yields the bytes of a request, is sent the answer (without body), and returns the name of an error or None."""

SILENCE_SECONDS = 120
LOST = "connection lost"
LOST_LIMIT = 1000


class _Lane:
    """One connection and the job that it is at."""

    __slots__ = ("buffer", "events", "job", "outgoing", "socket", "started")

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.buffer = b""
        self.outgoing = b""
        self.events = 0
        self.started = 0.0
        self.job: Job | None = None


class Crowd:
    """Runs `jobs` over `connections` connections; afterwards `seconds` holds the duration of each job and `errors` counts what failed."""

    def __init__(self, endpoint: Endpoint, jobs: Iterable[Job], connections: int, *, bodiless: bool = False) -> None:
        self.seconds: list[float] = []
        self.errors: Counter[str] = Counter()
        self._endpoint = endpoint
        self._jobs = iter(jobs)
        self._connections = connections
        self._bodiless = bodiless
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Return when every job is done. Raises BenchError when the server falls silent or drops more than a thousand connections."""
        living = sum(self._open_lane() for _ in range(self._connections))
        while living:
            events = self._selector.select(SILENCE_SECONDS)
            if not events:
                raise BenchError(f"no answer for {SILENCE_SECONDS} s")
            for key, ready in events:
                lane: _Lane = key.data
                try:
                    living -= not self._advance(lane, ready)
                except OSError:
                    living -= not self._replace(lane)
        self._selector.close()

    def _open_lane(self) -> bool:
        """Connect and begin the next job; False when no job is left."""
        connected = self._endpoint.open_socket()
        connected.setblocking(False)
        lane = _Lane(connected)
        try:
            if self._begin_job(lane):
                return True
        except OSError:
            return self._replace(lane)
        connected.close()
        return False

    def _replace(self, lane: _Lane) -> bool:
        """The server dropped the connection: an error of its job; go on with a new connection."""
        self._close(lane)
        self.errors[LOST] += 1
        if self.errors[LOST] > LOST_LIMIT:
            raise BenchError(f"the server dropped more than {LOST_LIMIT} connections")
        self.seconds.append(time.perf_counter() - lane.started)
        return self._open_lane()

    def _close(self, lane: _Lane) -> None:
        if lane.events:
            self._selector.unregister(lane.socket)
        lane.socket.close()

    def _begin_job(self, lane: _Lane) -> bool:
        lane.job = next(self._jobs, None)
        if lane.job is None:
            return False
        lane.started = time.perf_counter()
        lane.outgoing = next(lane.job)
        self._flush(lane)
        return True

    def _flush(self, lane: _Lane) -> None:
        try:
            sent = lane.socket.send(lane.outgoing)
            lane.outgoing = lane.outgoing[sent:]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass  # the socket is full: the selector tells when there is room
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if lane.outgoing else 0)
        if not lane.events:
            self._selector.register(lane.socket, wanted, lane)
        elif lane.events != wanted:
            self._selector.modify(lane.socket, wanted, lane)
        lane.events = wanted

    def _advance(self, lane: _Lane, ready: int) -> bool:
        """Handle one event; False when the connection has no more work."""
        if ready & selectors.EVENT_WRITE and lane.outgoing:
            self._flush(lane)
        if not ready & selectors.EVENT_READ:
            return True
        try:
            lane.buffer += _receive(lane.socket)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        answer = self._take_answer(lane)
        return answer is None or self._hand_over(lane, answer)

    def _take_answer(self, lane: _Lane) -> Answer | None:
        """The answer at the head of the buffer, or None while it is incomplete."""
        end = lane.buffer.find(HEAD_END)
        if end < 0:
            return None
        status, headers = parse_head(lane.buffer[:end])
        total = end + len(HEAD_END)
        if not self._bodiless and headers.get("transfer-encoding", "").lower() == "chunked":
            if not lane.buffer.endswith(b"0\r\n\r\n"):
                return None
            total = len(lane.buffer)
        elif not self._bodiless:
            total += int(headers.get("content-length", "0"))
        if len(lane.buffer) < total:
            return None
        lane.buffer = lane.buffer[total:]
        return Answer(status, headers)

    def _hand_over(self, lane: _Lane, answer: Answer) -> bool:
        """Give an answer to the lane's job and send what it wants next; False when the connection has no more work."""
        if lane.job is None:
            return False
        try:
            lane.outgoing = lane.job.send(answer)
        except StopIteration as end:
            self.seconds.append(time.perf_counter() - lane.started)
            if end.value:
                self.errors[end.value] += 1
            return self._next_job(lane, answer)
        self._flush(lane)
        return True

    def _next_job(self, lane: _Lane, answer: Answer) -> bool:
        if answer.headers.get("connection", "").lower() == "close":
            self._close(lane)
            return self._open_lane()
        if self._begin_job(lane):
            return True
        self._close(lane)
        return False


def _receive(connected: socket.socket) -> bytes:
    """All bytes that are there. Raises ConnectionError at the end of the stream."""
    data = connected.recv(65536)
    if not data:
        raise ConnectionError("the server closed the connection")
    while isinstance(connected, ssl.SSLSocket) and connected.pending():
        data += connected.recv(65536)  # decrypted bytes wait where the selector cannot see them
    return data
