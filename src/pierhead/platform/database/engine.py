"""Units of work on SQLite and PostgreSQL: one thread hop and one transaction each.

SQLite has one writer thread per process. It takes all units that wait, runs each in a savepoint and commits them together, so
that many clients share one flush to disk. PostgreSQL has several writer threads with a connection each. Reads run without
a transaction: every statement sees what was committed when it began.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from pierhead.platform.clock import Clock, to_milliseconds
from pierhead.platform.database.connections import create_engine, is_broken, must_run_again, translate
from pierhead.platform.database.doorbell import NOTIFY, Doorbell
from pierhead.platform.errors import Unavailable
from pierhead.platform.threads import LoopOutcome, ThreadTeam

P = ParamSpec("P")
T = TypeVar("T")

_GROUP = 64  # units of one commit, so that the first of them does not wait for ever
_ATTEMPTS = 4  # of a unit that PostgreSQL chose as the victim of a deadlock


class UnitOfWork:
    """One transaction, and the moment at which it happens. Verbs take it as their first argument."""

    __slots__ = ("_callbacks", "_doorbell", "_rings", "connection", "now", "remarks")

    def __init__(self, connection: Connection, now: datetime, doorbell: Doorbell) -> None:
        self.connection = connection
        self.now = now
        self.remarks: dict[str, object] = {}  # what every record of this unit says beside its own facts
        self._callbacks: list[Callable[[], None]] = []
        self._doorbell = doorbell
        self._rings = False

    @property
    def now_ms(self) -> int:
        """The moment of this unit in Unix milliseconds."""
        return to_milliseconds(self.now)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back when the transaction is durable, in the database's thread; it must be quick and must not raise."""
        self._callbacks.append(callback)

    def ring_after_commit(self) -> None:
        """Let the workers of this process, and on PostgreSQL those of other nodes, look for work when the transaction is durable."""
        if self._rings:
            return
        self._rings = True
        if self.connection.dialect.name == "postgresql":
            self.connection.exec_driver_sql(NOTIFY)
        self.after_commit(self._doorbell.ring)

    def announce_commit(self) -> None:
        """Run the callbacks; the database calls this."""
        for callback in self._callbacks:
            callback()


Unit = Callable[[UnitOfWork], Any]
Outcome = Future[Any] | LoopOutcome


class Database:
    """The connections of one process. `read` and `write` are for coroutines, `read_now` and `write_now` for threads."""

    def __init__(self, url: str, *, clock: Clock, read_threads: int = 4, write_threads: int = 4, synchronous: str = "FULL") -> None:
        self._clock = clock
        self.doorbell = Doorbell()
        self.engine: Engine = create_engine(url, synchronous=synchronous)
        self._local = threading.local()
        self._open: list[Connection] = []
        self._readers = ThreadPoolExecutor(read_threads, thread_name_prefix="database-read-now")
        self._reading = ThreadTeam(read_threads, name="database-read")
        self._writer: _GroupWriter | _PooledWriter
        self._is_local = self.engine.dialect.name == "sqlite"
        if self._is_local:
            self._writer = _GroupWriter(self)
        else:
            self._writer = _PooledWriter(self, write_threads)

    @property
    def clock(self) -> Clock:
        """The clock that stamps the units of work."""
        return self._clock

    async def read(self, verb: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `verb(work, ...)` in a reading thread. It must not write."""
        return await self._reading.run(self._read, verb, args, kwargs)

    async def look_up(self, verb: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """As `read`, for a few point queries on a hot path.

        On SQLite they run in the calling thread: readers never wait for locks, and the hop costs several times the query
        (docs/adr/0003). PostgreSQL answers over a socket, so there it is a hop like any other.
        """
        if self._is_local:
            return self._read(verb, args, kwargs)
        return await self.read(verb, *args, **kwargs)

    async def write(self, verb: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `verb(work, ...)` in a transaction; returns when it is durable.

        The verb may run more than once (PostgreSQL's deadlocks), so it changes nothing but the database. A cancelled caller does not
        stop it.
        """
        outcome = LoopOutcome()
        self._writer.submit(lambda work: verb(work, *args, **kwargs), outcome)
        result: T = await outcome.future
        return result

    def read_now(self, verb: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """As `read`, blocking. Not for coroutines."""
        return self._readers.submit(self._read, verb, args, kwargs).result()

    def write_now(self, verb: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """As `write`, blocking. Not for coroutines."""
        outcome: Future[T] = Future()
        self._writer.submit(lambda work: verb(work, *args, **kwargs), outcome)
        return outcome.result()

    def close(self) -> None:
        """Finish what waits and close every connection."""
        self._readers.shutdown()
        self._reading.close()
        self._writer.close()
        for connection in self._open:
            connection.close()
        self.engine.dispose()

    def connection(self) -> Connection:
        """This thread's own connection, opened anew when the last one broke."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            try:
                connection = self.engine.connect()
            except Exception as error:
                translate(error)
                raise
            # Transactions are begun and ended by hand on the driver; the pool's bookkeeping would cost more than a point query.
            self._local.connection = connection
            self._open.append(connection)
        return connection

    def drop_connection(self) -> None:
        """Forget this thread's connection, because it broke."""
        connection: Connection = self._local.connection
        self._local.connection = None
        self._open.remove(connection)
        connection.invalidate()
        connection.close()

    def new_work(self, connection: Connection) -> UnitOfWork:
        """A unit of work at the present moment."""
        return UnitOfWork(connection, self._clock.now(), self.doorbell)

    def _read(self, verb: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        for last in (False, True):
            connection = self.connection()
            try:
                return verb(self.new_work(connection), *args, **kwargs)
            except Exception as error:
                if is_broken(connection, error):
                    self.drop_connection()
                    if not last:
                        continue
                translate(error)
                raise
        raise AssertionError("unreachable")


class _PooledWriter:
    """PostgreSQL: several threads write at once."""

    def __init__(self, database: Database, threads: int) -> None:
        self._database = database
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="database-write")

    def submit(self, unit: Unit, outcome: Outcome) -> None:
        self._pool.submit(self._settle, unit, outcome)

    def close(self) -> None:
        self._pool.shutdown()

    def _settle(self, unit: Unit, outcome: Outcome) -> None:
        if not outcome.set_running_or_notify_cancel():
            return
        try:
            result = self._run(unit)
        except BaseException as error:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)

    def _run(self, unit: Unit) -> Any:
        for attempt in range(1, _ATTEMPTS + 1):
            connection = self._begin()
            driver: Any = connection.connection.driver_connection
            try:
                work = self._database.new_work(connection)
                result = unit(work)
                driver.execute("COMMIT")
            except BaseException as error:
                if is_broken(connection, error):
                    self._database.drop_connection()
                else:
                    driver.rollback()
                    if attempt < _ATTEMPTS and must_run_again(error):
                        continue
                translate(error)
                raise
            work.announce_commit()
            return result
        raise AssertionError("unreachable")

    def _begin(self) -> Connection:
        """A connection with a transaction. One that broke while it was idle (PostgreSQL has restarted) is replaced: nothing was lost."""
        for last in (False, True):
            connection = self._database.connection()
            driver: Any = connection.connection.driver_connection
            try:
                driver.execute("BEGIN")
            except Exception as error:
                if is_broken(connection, error):
                    self._database.drop_connection()
                    if not last:
                        continue
                translate(error)
                raise
            return connection
        raise AssertionError("unreachable")


class _GroupWriter:
    """SQLite: one thread writes; units that wait together are committed together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: queue.SimpleQueue[tuple[Unit, Outcome] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._loop, name="database-write", daemon=True)
        self._thread.start()

    def submit(self, unit: Unit, outcome: Outcome) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError("The database is closed.")
            self._waiting.put((unit, outcome))

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._waiting.put(None)
        self._thread.join()

    def _loop(self) -> None:
        group: list[tuple[Unit, Outcome]] = []
        while (item := self._waiting.get()) is not None:
            group = [item]
            ended = False
            while len(group) < _GROUP and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    ended = True
                    break
                group.append(following)
            self._commit([pair for pair in group if pair[1].set_running_or_notify_cancel()])
            if ended:
                return

    def _commit(self, group: list[tuple[Unit, Outcome]]) -> None:
        if not group:
            return
        done: list[tuple[UnitOfWork, Outcome, Any]] = []
        failed: list[tuple[Outcome, BaseException]] = []
        try:
            self._run_group(self._database.connection(), group, done, failed)
        except BaseException as error:
            reason = translate(error, reraise=False)
            failed_already = {id(future) for future, _ in failed}
            failed += [(future, reason) for _, future in group if id(future) not in failed_already]
            done = []
        for work, future, result in done:
            try:
                work.announce_commit()
            except BaseException as error:
                failed.append((future, error))
            else:
                future.set_result(result)
        for future, reason in failed:
            future.set_exception(reason)

    def _run_group(
        self,
        connection: Connection,
        group: list[tuple[Unit, Outcome]],
        done: list[tuple[UnitOfWork, Outcome, Any]],
        failed: list[tuple[Outcome, BaseException]],
    ) -> None:
        """Run all units in one transaction; whatever it raises, nothing of the group was stored."""
        driver: Any = connection.connection.driver_connection
        try:
            driver.execute("BEGIN IMMEDIATE")
            for unit, future in group:
                work = self._database.new_work(connection)
                try:
                    result = self._run(driver, work, unit)
                    done.append((work, future, result))
                except BaseException as error:
                    failed.append((future, translate(error, reraise=False)))
                    if not driver.in_transaction:
                        # SQLite gave up the whole transaction (a full disk does that), so the earlier units are lost too.
                        raise Unavailable("The database gave up the transaction. Please try again.") from error
            driver.execute("COMMIT")
        except BaseException:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            raise

    @staticmethod
    def _run(driver: Any, work: UnitOfWork, unit: Unit) -> Any:
        driver.execute("SAVEPOINT unit")
        try:
            result = unit(work)
        except BaseException:
            if driver.in_transaction:
                driver.execute("ROLLBACK TO unit")
                driver.execute("RELEASE unit")
            raise
        driver.execute("RELEASE unit")
        return result
