"""What the collector of unused content finds its work by, and what it has done."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add it, and let the collector look once at everything that is there."""
    op.add_column("blob", sa.Column("unused_ms", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_blob_unused_ms",
        "blob",
        ["unused_ms"],
        unique=False,
        sqlite_where=sa.text("unused_ms IS NOT NULL"),
        postgresql_where=sa.text("unused_ms IS NOT NULL"),
    )
    for table in ("manifest", "repository_blob"):
        op.create_index(
            f"ix_{table}_held_until_ms",
            table,
            ["held_until_ms"],
            unique=False,
            sqlite_where=sa.text("held_until_ms > 0"),
            postgresql_where=sa.text("held_until_ms > 0"),
        )
    # One step finds whether a repository still uses a blob, however many others do. 0 stands for what an earlier release wrote.
    op.add_column("manifest_blob", sa.Column("repository_id", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.execute(
        "UPDATE manifest_blob SET repository_id = (SELECT repository_id FROM manifest WHERE manifest.id = manifest_blob.manifest_id)"
    )
    op.drop_index("ix_manifest_blob_blob_id", "manifest_blob")
    op.create_index("ix_manifest_blob_blob_id_repository_id", "manifest_blob", ["blob_id", "repository_id"], unique=False)
    op.create_table(
        "collector_repository",
        sa.Column("repository_id", ROW_ID, nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_collector_repository_repository_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("repository_id", name=op.f("pk_collector_repository")),
    )
    op.create_index("ix_collector_repository_due_ms", "collector_repository", ["due_ms"], unique=False)
    op.create_table(
        "collector_bytes",
        sa.Column("storage_key", sa.String(length=255), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("storage_key", name=op.f("pk_collector_bytes")),
    )
    op.create_index("ix_collector_bytes_due_ms", "collector_bytes", ["due_ms"], unique=False)
    op.create_table(
        "collector_total",
        sa.Column("id", ROW_ID, nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("tags", "manifests", "blobs", "freed_bytes", "orphans", "orphan_bytes", "began_ms", "ended_ms", "round_bytes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collector_total")),
    )
    op.execute(
        "INSERT INTO collector_repository (repository_id, due_ms)"
        " SELECT repository_id, MIN(end_ms) FROM tag WHERE end_ms IS NOT NULL GROUP BY repository_id"
    )
