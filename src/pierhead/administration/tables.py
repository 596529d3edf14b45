"""Tables of administration."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

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

# Keys of other programs, which superusers made or approved; only their public halves are kept.
issued_key = Table(
    "issued_key",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("service", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("public_jwk", Text, nullable=False),
    Column("metadata", Text, nullable=False),  # JSON object
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("approver_id", ForeignKey("account.id", ondelete="SET NULL")),
    Column("approved_at", UtcDateTime),
    Column("notes", Text, nullable=False),
    Index("ix_issued_key_service", "service"),
    Index("ix_issued_key_approver_id", "approver_id"),
)

# One row: the sum of all blobs, when it was last asked for.
registry_size = Table(
    "registry_size",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("counted_ms", BigInteger, nullable=False),
)
