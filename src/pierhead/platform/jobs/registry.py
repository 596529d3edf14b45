"""The kinds of jobs that a worker knows, by name."""

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

import msgspec

from pierhead.platform.errors import ConfigurationError
from pierhead.platform.jobs.model import Job

S = TypeVar("S")


class JobRegistry(Generic[S]):
    """An explicit list of job classes. `limits` bounds how many jobs of a queue run at once over all nodes."""

    def __init__(self, kinds: Iterable[type[Job[S]]], *, limits: Mapping[str, int] | None = None) -> None:
        self._kinds: dict[str, type[Job[S]]] = {}
        self.limits: dict[str, int] = dict(limits or {})
        for kind in kinds:
            if kind.name in self._kinds:
                raise ConfigurationError(f"Two jobs are called {kind.name}: {self._kinds[kind.name].__qualname__} and {kind.__qualname__}.")
            self._kinds[kind.name] = kind
        self._decoders = {name: msgspec.json.Decoder(kind) for name, kind in self._kinds.items()}
        for queue, limit in self.limits.items():
            if limit < 1:
                raise ConfigurationError(f"The limit of the queue {queue} must be at least 1.")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all kinds."""
        return tuple(self._kinds)

    def get_kind(self, name: str) -> type[Job[S]]:
        """The class of that name; a worker claims only names that it knows."""
        return self._kinds[name]

    def decode(self, name: str, payload: str) -> Job[S]:
        """The job that was stored. Raises msgspec.ValidationError when an earlier release stored what this one does not understand."""
        return self._decoders[name].decode(payload)


def encode(job: Job[S]) -> str:
    """The stored form of a job."""
    return msgspec.json.encode(job).decode()
