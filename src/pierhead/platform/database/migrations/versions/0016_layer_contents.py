"""The tables of layer contents and of squashed images."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "layer_contents",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("blob_id", ROW_ID, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("storage_key", sa.String(length=255), nullable=True),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("unpacked_bytes", sa.BigInteger(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"], name=op.f("fk_layer_contents_blob_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer_contents")),
        sa.UniqueConstraint("blob_id", name=op.f("uq_layer_contents_blob_id")),
    )
    op.create_table(
        "squashed_image",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("manifest_id", ROW_ID, nullable=True),
        sa.Column("variant", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("store_state", sa.Text(), nullable=True),
        sa.Column("storage_key", sa.String(length=255), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("started_ms", sa.BigInteger(), nullable=False),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["manifest_id"], ["manifest.id"], name=op.f("fk_squashed_image_manifest_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_squashed_image")),
        sa.UniqueConstraint("manifest_id", "variant", name=op.f("uq_squashed_image_manifest_id_variant")),
    )
    op.create_index("ix_squashed_image_used_ms", "squashed_image", ["used_ms"], unique=False)
