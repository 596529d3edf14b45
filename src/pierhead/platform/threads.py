"""Threads that work for coroutines.

The standard library's executor makes a future with a lock for each piece of work and another one for the coroutine, and copies between
them: for work that takes 20 us that costs more than the work. Here one asyncio future is made, and settled once.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class LoopOutcome:
    """The end of a piece of work that a thread tells to a coroutine. Made in the event loop's thread, settled in any other."""

    __slots__ = ("_loop", "future")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self._loop.create_future()

    def set_running_or_notify_cancel(self) -> bool:
        """Whether anybody still waits."""
        return not self.future.cancelled()

    def set_result(self, result: Any) -> None:
        """The work is done."""
        self._settle(self.future.set_result, result)

    def set_exception(self, error: BaseException) -> None:
        """The work failed."""
        self._settle(self.future.set_exception, error)

    def _settle(self, settle: Callable[[Any], None], value: Any) -> None:
        # A loop that has ended has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_settle_unless_done, self.future, settle, value)


def _settle_unless_done(future: asyncio.Future[Any], settle: Callable[[Any], None], value: Any) -> None:
    if not future.done():
        settle(value)


class ThreadTeam:
    """A fixed number of threads, started when first needed."""

    def __init__(self, threads: int, *, name: str) -> None:
        self._size = threads
        self._name = name
        self._waiting: queue.SimpleQueue[tuple[LoopOutcome, Callable[[], Any]] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def run(self, function: Callable[..., T], /, *args: object) -> asyncio.Future[T]:
        """Have a thread call the function; the future is this event loop's. A cancelled future does not stop a call that has begun."""
        if len(self._threads) < self._size:
            self._start_one()
        outcome = LoopOutcome()
        self._waiting.put((outcome, lambda: function(*args)))
        return outcome.future

    def close(self) -> None:
        """Finish what waits and end the threads."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _start_one(self) -> None:
        thread = threading.Thread(target=self._work, name=f"{self._name}-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (item := self._waiting.get()) is not None:
            outcome, call = item
            if not outcome.set_running_or_notify_cancel():
                continue
            try:
                result = call()
            except BaseException as error:
                outcome.set_exception(error)
            else:
                outcome.set_result(result)
            # The next wait must not keep what this call held.
            del item, outcome, call
