"""Tables of application repositories. Releases are tags of the registry, so they need none."""

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, UniqueConstraint

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
