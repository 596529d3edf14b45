"""Stars, when a repository was last pushed to, and the indexes of lists of repositories."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add them."""
    op.add_column("repository", sa.Column("modified_ms", sa.BigInteger(), nullable=True))
    op.create_index("ix_repository_is_public_id", "repository", ["is_public", "id"], unique=False)
    op.create_index("ix_repository_state", "repository", ["state"], unique=False)
    op.create_table(
        "star",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name=op.f("fk_star_repository_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_star_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "repository_id", name=op.f("pk_star")),
    )
    op.create_index("ix_star_repository_id", "star", ["repository_id"], unique=False)
    # Tags that were pushed before the column was there.
    op.execute("UPDATE repository SET modified_ms = (SELECT MAX(tag.start_ms) FROM tag WHERE tag.repository_id = repository.id)")
