"""Record an event in the transaction that made it true."""

import uuid

import msgspec

from pierhead.platform.database import UnitOfWork
from pierhead.platform.outbox import store
from pierhead.platform.outbox.model import Event


def emit(work: UnitOfWork, event: Event) -> str:
    """Record the event; its subscribers hear of it, at least once each, when the transaction commits. Its UUID."""
    event_id = str(uuid.uuid4())
    store.insert_event(work.connection, uuid=event_id, name=event.name, payload=msgspec.json.encode(event).decode(), created_at=work.now)
    work.ring_after_commit()
    return event_id
