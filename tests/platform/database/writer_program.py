"""A process that writes as fast as it can: `writer_program.py DATABASE_URL UNITS`."""

import sys
import threading

from pierhead.platform.clock import SystemClock
from pierhead.platform.database import Database, UnitOfWork

_THREADS = 2


def add_one(work: UnitOfWork) -> None:
    """Count, and read in the same transaction: a lock that is taken too late would fail here."""
    work.connection.exec_driver_sql("SELECT number FROM counter").scalar_one()
    work.connection.exec_driver_sql("UPDATE counter SET number = number + 1")


def main(url: str, units: str) -> None:
    """Write from several threads; any error ends the process with a failure."""
    database = Database(url, clock=SystemClock(), synchronous="NORMAL")
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for _ in range(int(units) // _THREADS):
                database.write_now(add_one)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=write) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
