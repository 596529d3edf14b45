"""The tables of external sign-in: whom a back end's users are, and teams that follow a group."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "external_login",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("user_id", ROW_ID, nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("username", sa.String(length=255), nullable=True),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_external_login_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_login")),
        sa.UniqueConstraint("service", "subject", name=op.f("uq_external_login_service_subject")),
        sa.UniqueConstraint("user_id", "service", name=op.f("uq_external_login_user_id_service")),
    )
    op.create_index("ix_external_login_service_email", "external_login", ["service", "email"], unique=False)
    op.create_table(
        "team_sync",
        sa.Column("team_id", ROW_ID, nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("external_group", sa.String(length=1024), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_sync_team_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_team_sync")),
    )
    op.create_index("ix_team_sync_service_due_at", "team_sync", ["service", "due_at"], unique=False)
