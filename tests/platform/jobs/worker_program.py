"""A worker process for the test that kills it: `worker_program.py DATABASE_URL LOG LEASE_SECONDS`. It runs until its input ends."""

import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pierhead.platform.clock import SystemClock
from pierhead.platform.database import Database
from pierhead.platform.jobs import Job, JobContext, JobRegistry, Worker


@dataclass(frozen=True)
class Logbook:
    """A file to which all workers append whole lines."""

    file: Path

    def write(self, event: str, word: str, attempt: int) -> None:
        """One line, which survives the death of the process."""
        descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{event} {word} {os.getpid()} {attempt}\n".encode())
        os.close(descriptor)


@dataclass(frozen=True)
class Deed(Job[Logbook]):
    """Takes its time, and at the first attempt maybe for ever."""

    name: ClassVar[str] = "deed"
    word: str
    seconds: float = 0
    hangs_at_first: bool = False

    def run(self, context: JobContext[Logbook]) -> None:
        context.services.write("start", self.word, context.attempt)
        forever = self.hangs_at_first and context.attempt == 1
        threading.Event().wait(None if forever else self.seconds)
        context.services.write("finish", self.word, context.attempt)


def main(url: str, log: str, lease_seconds: str) -> None:
    """Work until the parent closes this process's input."""
    database = Database(url, clock=SystemClock())
    worker = Worker(database, JobRegistry([Deed]), Logbook(Path(log)), threads=3, lease_seconds=float(lease_seconds), poll_seconds=0.1)
    worker.start()
    sys.stdin.read()
    worker.stop(10)
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
