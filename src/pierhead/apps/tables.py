"""Tables of application repositories. Releases are tags of the registry, so they need none."""

from sqlalchemy import BigInteger, Column, ForeignKey, PrimaryKeyConstraint, String, Table, UniqueConstraint

from pierhead.platform.database import RowId, metadata

# One row for each release that a channel led to; the newest link is the channel's present one.
app_channel = Table(
    "app_channel",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("repository_id", ForeignKey("repository.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(128), nullable=False),
    Column("release", String(128), nullable=False),
    Column("linked_ms", BigInteger, nullable=False),
    UniqueConstraint("repository_id", "name", "release"),
)

# Clients name content by the digest of the unpacked tar, the registry by that of the blob.
app_content = Table(
    "app_content",
    metadata,
    Column("repository_id", ForeignKey("repository.id", ondelete="CASCADE"), nullable=False),
    Column("tar_digest", String(71), nullable=False),
    Column("blob_digest", String(71), nullable=False),
    PrimaryKeyConstraint("repository_id", "tar_digest"),
)
