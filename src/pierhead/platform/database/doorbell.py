"""Tells waiting threads that a commit left work for them: at once in this process, by LISTEN and NOTIFY between PostgreSQL's nodes."""

import threading
from typing import Any

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

_CHANNEL = "pierhead_work"
_LOG = structlog.get_logger(__name__)

NOTIFY = f"SELECT pg_notify('{_CHANNEL}', '')"


class Doorbell:
    """Sets the events of whoever waits in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: tuple[threading.Event, ...] = ()

    def attach(self, event: threading.Event) -> None:
        """Set `event` at every ring from now on."""
        with self._lock:
            self._waiting = (*self._waiting, event)

    def detach(self, event: threading.Event) -> None:
        """Ring no more for `event`."""
        with self._lock:
            self._waiting = tuple(other for other in self._waiting if other is not event)

    def ring(self) -> None:
        """Wake whoever waits."""
        for event in self._waiting:
            event.set()


class NodeListener:
    """A thread that rings the doorbell when another node commits work. It does nothing on SQLite, where only a poll sees other processes.

    A lost connection is opened again; what was announced meanwhile is found by the worker's poll.
    """

    def __init__(self, engine: Engine, doorbell: Doorbell, *, retry_seconds: float = 1.0) -> None:
        self._engine = engine
        self._doorbell = doorbell
        self._retry_seconds = retry_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="database-listen", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        if self._engine.dialect.name == "postgresql":
            self._thread.start()

    def stop(self) -> None:
        """End the thread and its connection."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (DBAPIError, psycopg.Error) as error:
                _LOG.warning("listening to other nodes was interrupted", error=type(error).__name__)
                self._stopping.wait(self._retry_seconds)

    def _listen(self) -> None:
        pooled = self._engine.raw_connection()
        driver: Any = pooled.driver_connection
        pooled.detach()
        with driver:
            driver.execute(f"LISTEN {_CHANNEL}")
            self._doorbell.ring()
            while not self._stopping.is_set():
                for _ in driver.notifies(timeout=0.5, stop_after=1):
                    self._doorbell.ring()
