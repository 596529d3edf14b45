"""Events: recorded in the transaction that made them true, handed to each subscriber at least once."""

from pierhead.platform.outbox.dispatch import Dispatcher
from pierhead.platform.outbox.emit import emit
from pierhead.platform.outbox.model import Event, EventJob
from pierhead.platform.outbox.upkeep import RemoveDispatchedEvents

__all__ = ["Dispatcher", "Event", "EventJob", "RemoveDispatchedEvents", "emit"]
