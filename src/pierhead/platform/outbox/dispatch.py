"""Turn each recorded event into one job for each of its subscribers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from pierhead.platform.clock import to_milliseconds
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import ConfigurationError
from pierhead.platform.jobs.queue import enqueue_encoded
from pierhead.platform.outbox import store
from pierhead.platform.outbox.model import Event, EventJob
from pierhead.platform.outbox.store import WaitingEvent

_BATCH = 100


class Dispatcher:
    """Knows who subscribes to what. It is called with a unit of work; give it to the worker as a feeder.

    Events of names that are not listed are left for a node of a later release.
    """

    def __init__(self, events: Iterable[type[Event]], subscriptions: Mapping[type[Event], Sequence[type[EventJob[Any]]]]) -> None:
        self._subscribers: dict[str, Sequence[type[EventJob[Any]]]] = {}
        for event in events:
            if event.name in self._subscribers:
                raise ConfigurationError(f"Two events are called {event.name}.")
            self._subscribers[event.name] = ()
        for event, subscribers in subscriptions.items():
            if event.name not in self._subscribers:
                raise ConfigurationError(f"The event {event.name} has subscribers and is not listed.")
            if len({each.name for each in subscribers}) != len(subscribers):
                raise ConfigurationError(f"A job subscribes twice to the event {event.name}.")
            self._subscribers[event.name] = tuple(subscribers)

    def __call__(self, work: UnitOfWork) -> int:
        """Make the jobs of the oldest waiting events; how many events. More may wait: then the doorbell rings again."""
        waiting = store.lock_waiting(work.connection, tuple(self._subscribers), _BATCH)
        for event in waiting:
            self._deliver(work, event)
        if waiting:
            store.mark_dispatched(work.connection, [event.id for event in waiting], work.now)
        if len(waiting) == _BATCH:
            work.ring_after_commit()
        return len(waiting)

    def _deliver(self, work: UnitOfWork, event: WaitingEvent) -> None:
        payload = msgspec.json.encode(
            _Delivery(event.uuid, event.name, to_milliseconds(event.created_at), msgspec.Raw(event.payload.encode()))
        ).decode()
        for subscriber in self._subscribers[event.name]:
            enqueue_encoded(work, subscriber, payload, key=f"{subscriber.name}:{event.uuid}")


@dataclass(frozen=True, slots=True)
class _Delivery:
    """The payload of an EventJob; the event's own JSON is copied as it is."""

    event_id: str
    event_name: str
    emitted_at_ms: int
    event: msgspec.Raw
