"""Table of layer contents."""

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, Text

from pierhead.platform.database import RowId, metadata

# When the collector removes a layer's blob the row stays without it; a job then deletes the stored table of contents and the row.
layer_contents = Table(
    "layer_contents",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("blob_id", ForeignKey("blob.id", ondelete="SET NULL"), unique=True),
    Column("state", String(16), nullable=False),  # ready, failed
    Column("reason", Text),  # why it failed, as people read it
    Column("storage_key", String(255)),
    Column("entries", BigInteger, nullable=False),
    Column("unpacked_bytes", BigInteger, nullable=False),  # of the whole tar archive
    Column("made_ms", BigInteger, nullable=False),
)
