"""Jobs that the tests of the queue run, and what they write down."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from pierhead.platform.jobs import Job, JobContext, JobRegistry, JobStopped, Postponed


@dataclass
class Notes:
    """The services of these jobs: a list of what ran, and what each job does by its word."""

    ran: list[str] = field(default_factory=list)
    deeds: dict[str, Callable[[JobContext["Notes"]], None]] = field(default_factory=dict)

    def do(self, word: str, context: JobContext["Notes"]) -> None:
        """The deed of that word, if it has one."""
        if word in self.deeds:
            self.deeds[word](context)


@dataclass(frozen=True)
class Note(Job[Notes]):
    """Writes its word down, then does the deed of that word."""

    name: ClassVar[str] = "note"
    max_attempts: ClassVar[int] = 3
    word: str

    def run(self, context: JobContext[Notes]) -> None:
        context.services.ran.append(self.word)
        context.services.do(self.word, context)


@dataclass(frozen=True)
class Narrow(Job[Notes]):
    """Lives in a queue of which only two jobs run at once."""

    name: ClassVar[str] = "narrow"
    queue: ClassVar[str] = "narrow"
    word: str = ""

    def run(self, context: JobContext[Notes]) -> None:
        context.services.ran.append(self.word)


@dataclass(frozen=True)
class Tick(Job[Notes]):
    """The job of schedules."""

    name: ClassVar[str] = "tick"
    max_attempts: ClassVar[int] = 1

    def run(self, context: JobContext[Notes]) -> None:
        context.services.ran.append(context.key)
        context.services.do("tick", context)


def new_registry() -> JobRegistry[Notes]:
    """Knows the jobs of this file."""
    return JobRegistry([Note, Narrow, Tick], limits={"narrow": 2})


def break_down(_context: JobContext[Notes]) -> None:
    """Fails, with a text that no database stores."""
    raise ValueError("the \0 pipe burst \ud800")


def postpone(_context: JobContext[Notes]) -> None:
    """Asks for a minute."""
    raise Postponed(60)


def wait_until_told_to_stop(begun: threading.Event) -> Callable[[JobContext[Notes]], None]:
    """A long job that looks whether it should end."""

    def deed(context: JobContext[Notes]) -> None:
        begun.set()
        pause = threading.Event()
        while not context.must_stop:
            pause.wait(0.01)
        raise JobStopped

    return deed
