"""Table of squashed images."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from pierhead.platform.database import RowId, metadata

# A cache: when a manifest goes the row stays without it, until a job has deleted the bytes.
squashed_image = Table(
    "squashed_image",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("manifest_id", ForeignKey("manifest.id", ondelete="SET NULL")),
    Column("variant", String(64), nullable=False),  # hash of what the content depends on besides the manifest
    Column("state", String(16), nullable=False),  # uploading, ready
    Column("store_state", Text),  # of the unfinished upload
    Column("storage_key", String(255)),
    Column("size_bytes", BigInteger, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("lease_until_ms", BigInteger, nullable=False),  # an upload without life for so long was left by a process that died
    Column("used_ms", BigInteger, nullable=False),  # what was not used for longest is evicted first
    UniqueConstraint("manifest_id", "variant"),
    Index("ix_squashed_image_used_ms", "used_ms"),
)
