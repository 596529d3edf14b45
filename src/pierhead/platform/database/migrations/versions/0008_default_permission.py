"""The table of default permissions."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_HOLDERS = (("activating_user_id", "account"), ("user_id", "account"), ("robot_id", "robot"), ("team_id", "team"))


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "default_permission",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("organization_id", ROW_ID, nullable=False),
        sa.Column("activating_user_id", ROW_ID, nullable=True),
        sa.Column("user_id", ROW_ID, nullable=True),
        sa.Column("robot_id", ROW_ID, nullable=True),
        sa.Column("team_id", ROW_ID, nullable=True),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["account.id"], name=op.f("fk_default_permission_organization_id"), ondelete="CASCADE"
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_default_permission_{column}"), ondelete="CASCADE")
            for column, table in _HOLDERS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_default_permission")),
        sa.UniqueConstraint("uuid", name=op.f("uq_default_permission_uuid")),
    )
    for column in ("organization_id", *(column for column, _ in _HOLDERS)):
        op.create_index(f"ix_default_permission_{column}", "default_permission", [column], unique=False)
