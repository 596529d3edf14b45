"""Quotas, what namespaces use, keys that superusers issue, and the size of the whole registry."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _to_account(table: str, column: str = "namespace_id", ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["account.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)


def upgrade() -> None:
    """Make the tables, and count what is there."""
    _make_quotas()
    _make_usage()
    _make_administration()
    op.add_column("repository", sa.Column("reclaimable_bytes", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "INSERT INTO namespace_blob (namespace_id, blob_id, holders) SELECT repository.namespace_id, repository_blob.blob_id, COUNT(*)"
        " FROM repository_blob JOIN repository ON repository.id = repository_blob.repository_id"
        " GROUP BY repository.namespace_id, repository_blob.blob_id"
    )
    op.execute(
        "INSERT INTO namespace_usage (namespace_id, unique_bytes, reclaimable_bytes)"
        " SELECT namespace_blob.namespace_id, CAST(SUM(blob.size_bytes) AS BIGINT), 0"
        " FROM namespace_blob JOIN blob ON blob.id = namespace_blob.blob_id GROUP BY namespace_blob.namespace_id"
    )


def _make_quotas() -> None:
    op.create_table(
        "quota",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("namespace_id", ROW_ID, nullable=False),
        sa.Column("limit_bytes", sa.BigInteger(), nullable=False),
        _to_account("quota"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota")),
        sa.UniqueConstraint("namespace_id", name=op.f("uq_quota_namespace_id")),
    )
    op.create_table(
        "quota_limit",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("quota_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["quota_id"], ["quota.id"], name=op.f("fk_quota_limit_quota_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_limit")),
        sa.UniqueConstraint("quota_id", "kind", "percent", name=op.f("uq_quota_limit_quota_id_kind_percent")),
    )


def _make_usage() -> None:
    op.create_table(
        "namespace_usage",
        sa.Column("namespace_id", ROW_ID, nullable=False),
        sa.Column("unique_bytes", sa.BigInteger(), nullable=False),
        sa.Column("reclaimable_bytes", sa.BigInteger(), nullable=False),
        sa.Column("counted_ms", sa.BigInteger(), nullable=True),
        sa.Column("refused_ms", sa.BigInteger(), nullable=True),
        _to_account("namespace_usage"),
        sa.PrimaryKeyConstraint("namespace_id", name=op.f("pk_namespace_usage")),
    )
    op.create_table(
        "namespace_blob",
        sa.Column("namespace_id", ROW_ID, nullable=False),
        sa.Column("blob_id", ROW_ID, nullable=False),
        sa.Column("holders", sa.Integer(), nullable=False),
        _to_account("namespace_blob"),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"], name=op.f("fk_namespace_blob_blob_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("namespace_id", "blob_id", name=op.f("pk_namespace_blob")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_namespace_blob_blob_id", "namespace_blob", ["blob_id"], unique=False)


def _make_administration() -> None:
    op.create_table(
        "issued_key",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approver_id", ROW_ID, nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        _to_account("issued_key", "approver_id", "SET NULL"),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_issued_key")),
    )
    op.create_index("ix_issued_key_service", "issued_key", ["service"], unique=False)
    op.create_index("ix_issued_key_approver_id", "issued_key", ["approver_id"], unique=False)
    op.create_table(
        "registry_size",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("counted_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_size")),
    )
