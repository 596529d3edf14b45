"""Table of the outbox."""

from sqlalchemy import Column, Index, String, Table, Text

from pierhead.platform.database import RowId, UtcDateTime, metadata

outbox_event = Table(
    "outbox_event",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("uuid", String(36), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("payload", Text, nullable=False),  # JSON of the event's dataclass
    Column("created_at", UtcDateTime, nullable=False),
    Column("dispatched_at", UtcDateTime),  # when its subscribers' jobs were made
    Index("ix_outbox_event_dispatched_at", "dispatched_at", "id"),
)
