"""The tables of application repositories."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "app_channel",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("repository_id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("release", sa.String(length=128), nullable=False),
        sa.Column("linked_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name=op.f("fk_app_channel_repository_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_channel")),
        sa.UniqueConstraint("repository_id", "name", "release", name=op.f("uq_app_channel_repository_id_name_release")),
    )
    op.create_table(
        "app_content",
        sa.Column("repository_id", ROW_ID, nullable=False),
        sa.Column("tar_digest", sa.String(length=71), nullable=False),
        sa.Column("blob_digest", sa.String(length=71), nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name=op.f("fk_app_content_repository_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("repository_id", "tar_digest", name=op.f("pk_app_content")),
    )
