"""Tables of audit. They refer to nothing, because the log outlives what it tells of."""

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, text

from pierhead.platform.database import RowId, UtcDateTime, metadata

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("namespace_id", BigInteger),  # NULL: no namespace is concerned, as a failed sign-in of a stranger
    Column("repository_id", BigInteger),
    Column("performer_kind", String(24), nullable=False),
    Column("performer_name", String(255)),
    Column("ip", String(45)),
    Column("metadata", Text, nullable=False),  # a JSON object
    Column("created_at", UtcDateTime, nullable=False),
    Column("pulls", BigInteger),  # an entry of pulls stands for this many; NULL: the entry stands for itself
    Column("pull_key", String(32)),  # which pulls are counted in one entry: day, repository, tag, digest, caller
    Index("ix_audit_log_namespace_id_created_at", "namespace_id", "created_at"),
    Index("ix_audit_log_repository_id_created_at", "repository_id", "created_at"),
    Index("ix_audit_log_created_at", "created_at"),
    Index(
        "ix_audit_log_pull_key",
        "pull_key",
        unique=True,
        sqlite_where=text("pull_key IS NOT NULL"),
        postgresql_where=text("pull_key IS NOT NULL"),
    ),
)

pull_counter = Table(
    "pull_counter",
    metadata,
    Column("repository_id", BigInteger, primary_key=True, autoincrement=False),
    Column("tag", String(128), primary_key=True),  # empty: pulled by digest
    Column("pulls", BigInteger, nullable=False),
    Column("last_pulled_at", UtcDateTime, nullable=False),
)
