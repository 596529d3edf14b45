"""One log entry for the alike pulls of a day: how many it stands for, and the key that it is found by."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Entries of before keep their number in their facts."""
    op.add_column("audit_log", sa.Column("pulls", sa.BigInteger(), nullable=True))
    op.add_column("audit_log", sa.Column("pull_key", sa.String(length=32), nullable=True))
    op.create_index(
        "ix_audit_log_pull_key",
        "audit_log",
        ["pull_key"],
        unique=True,
        sqlite_where=sa.text("pull_key IS NOT NULL"),
        postgresql_where=sa.text("pull_key IS NOT NULL"),
    )
