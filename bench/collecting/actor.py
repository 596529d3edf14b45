"""Somebody who owns some tags, changes them all the time, and knows what each of them has to hold."""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.collecting.client import Client, Failed
from bench.collecting.content import Artifact, Workshop

KEPT = 30  # ended intervals that are remembered
FAILURES = 20  # that end an actor's work


@dataclass(frozen=True, slots=True)
class Ended:
    """An interval that ended not before that moment (`time.monotonic`)."""

    repository: str
    tag: str
    artifact: Artifact
    at: float


class Actor:
    """Works in a thread of its own on tags that nobody else touches, in repositories and with layers that all share."""

    def __init__(
        self, name: str, client: Client, repositories: tuple[str, ...], *, tags: int, sizes: tuple[int, ...], window_seconds: float
    ) -> None:
        self.client = client
        self.living: dict[tuple[str, str], Artifact] = {}
        self._chance = random.Random(name)
        self._names = [(self._chance.choice(repositories), f"{name}-{number}") for number in range(tags)]
        self._workshop = Workshop(name, self._chance, sizes)
        self._window_seconds = window_seconds
        self._ended: list[Ended] = []

    def work(self, until: threading.Event) -> None:
        """One action after the other until the event is set."""
        actions = ((self._push, 50), (self._delete, 15), (self._pull, 15), (self._pull_ended, 10), (self._point_back, 10))
        choices, weights = [action for action, _ in actions], [weight for _, weight in actions]
        while not until.is_set() and len(self.client.tally.failures) < FAILURES:
            action = self._chance.choices(choices, weights)[0]
            try:
                action()
            except (Failed, OSError) as error:
                self.client.tally.failures.append(f"{action.__name__.strip('_')}: {error}")

    def check_living(self) -> Iterator[str]:
        """Pull every living tag; what is wrong."""
        for (repository, tag), artifact in self.living.items():
            try:
                self.client.pull(repository, tag, artifact)
            except Failed as error:
                yield str(error)

    def _push(self) -> None:
        repository, tag = self._chance.choice(self._names)
        self._point(repository, tag, self._workshop.make())

    def _delete(self) -> None:
        if not self.living:
            return
        repository, tag = self._chance.choice(list(self.living))
        self._remember(repository, tag)
        self.client.delete_tag(repository, tag)
        self.client.tally.actions["delete"] += 1

    def _pull(self) -> None:
        if not self.living:
            return
        (repository, tag), artifact = self._chance.choice(list(self.living.items()))
        self.client.pull(repository, tag, artifact)
        self.client.tally.actions["pull"] += 1

    def _pull_ended(self) -> None:
        """What left a tag is there for the time machine, by its digest, until the window has passed."""
        ended = self._choose_ended()
        if ended is None:
            return
        try:
            self.client.pull(ended.repository, ended.artifact.root.digest, ended.artifact)
        except Failed:
            if self._is_in_window(ended):
                raise
            return
        self.client.tally.actions["pull from the window"] += 1

    def _point_back(self) -> None:
        """Point a tag at what it held before, as a push of what is there already."""
        ended = self._choose_ended()
        if ended is not None:
            self._point(ended.repository, ended.tag, ended.artifact)
            self.client.tally.actions["point back"] += 1

    def _point(self, repository: str, tag: str, artifact: Artifact) -> None:
        self._remember(repository, tag)
        self.client.push(repository, tag, artifact)
        self.living[repository, tag] = artifact
        self.client.tally.actions["push"] += 1

    def _remember(self, repository: str, tag: str) -> None:
        before = self.living.pop((repository, tag), None)
        if before is not None:
            self._ended = [*self._ended[-KEPT:], Ended(repository, tag, before, time.monotonic())]

    def _choose_ended(self) -> Ended | None:
        within = [ended for ended in self._ended if self._is_in_window(ended)]
        return self._chance.choice(within) if within else None

    def _is_in_window(self, ended: Ended) -> bool:
        return time.monotonic() < ended.at + self._window_seconds
