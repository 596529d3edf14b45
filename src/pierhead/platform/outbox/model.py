"""What an event is, and the job by which a subscriber receives it."""

from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from pierhead.platform.jobs.model import Job

S_contra = TypeVar("S_contra", contravariant=True)


class Event:
    """Something that became true: a subclass is a frozen dataclass whose fields (JSON by msgspec) are the payload.

    `name` is stored: never rename it while events wait. A field that is added needs a default.
    """

    name: ClassVar[str]


@dataclass(frozen=True)
class EventJob(Job[S_contra], Generic[S_contra]):
    """The delivery of one event to one subscriber. A subclass names the subscriber and adds the field `event` with the event's type.

    It runs at least once; `event_id` tells a repeated delivery from a new event.
    """

    event_id: str
    event_name: str
    emitted_at_ms: int
