"""Tables of administration."""

from sqlalchemy import Column, String, Table, Text

from pierhead.platform.database import RowId, UtcDateTime, metadata

global_message = Table(
    "global_message",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("uuid", String(36), nullable=False, unique=True),
    Column("content", Text, nullable=False),
    Column("media_type", String(32), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
