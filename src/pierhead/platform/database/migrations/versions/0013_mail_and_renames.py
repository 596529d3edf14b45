"""Codes that go out by mail, invitations into teams, robots' tokens that overlap or expire, names that became free, ids that never return."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Columns are added in place on both engines: the new ones are NULL, or have a default."""
    op.add_column("account", sa.Column("must_confirm_name", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("robot", sa.Column("token_seconds", sa.Integer(), nullable=True))
    op.add_column("robot", sa.Column("token_expires_at", MOMENT, nullable=True))
    op.add_column("robot", sa.Column("previous_token_sha256", sa.LargeBinary(length=32), nullable=True))
    op.add_column("robot", sa.Column("previous_token_expires_at", MOMENT, nullable=True))
    _create_mailed_code()
    _create_team_invitation()
    op.create_table(
        "freed_name",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("freed_at", MOMENT, nullable=False),
        sa.Column("freed_by", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_freed_name")),
    )
    op.create_index("ix_freed_name_freed_at", "freed_name", ["freed_at"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        _keep_repository_ids()


def _create_mailed_code() -> None:
    op.create_table(
        "mailed_code",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("user_id", ROW_ID, nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("code_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("new_email", sa.String(length=255), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_mailed_code_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailed_code")),
        sa.UniqueConstraint("code_sha256", name=op.f("uq_mailed_code_code_sha256")),
    )
    op.create_index("ix_mailed_code_user_id_purpose", "mailed_code", ["user_id", "purpose"], unique=False)
    op.create_index("ix_mailed_code_expires_at", "mailed_code", ["expires_at"], unique=False)


def _create_team_invitation() -> None:
    op.create_table(
        "team_invitation",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("team_id", ROW_ID, nullable=False),
        sa.Column("user_id", ROW_ID, nullable=True),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.Column("code_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("inviter_id", ROW_ID, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_invitation_team_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_team_invitation_user_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["inviter_id"], ["account.id"], name=op.f("fk_team_invitation_inviter_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_invitation")),
        sa.UniqueConstraint("code_sha256", name=op.f("uq_team_invitation_code_sha256")),
        sa.UniqueConstraint("team_id", "user_id", name=op.f("uq_team_invitation_team_id_user_id")),
        sa.UniqueConstraint("team_id", "email", name=op.f("uq_team_invitation_team_id_email")),
    )
    op.create_index("ix_team_invitation_user_id", "team_invitation", ["user_id"], unique=False)
    op.create_index("ix_team_invitation_inviter_id", "team_invitation", ["inviter_id"], unique=False)


def _keep_repository_ids() -> None:
    """Build the table anew, so that SQLite gives no id twice; ids that the log or the counters know of count as given. PostgreSQL never did."""
    with op.batch_alter_table("repository", recreate="always", table_kwargs={"sqlite_autoincrement": True}):
        pass
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'repository'")
    op.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'repository', COALESCE(MAX(id), 0) FROM (SELECT MAX(id) AS id FROM repository"
        " UNION ALL SELECT MAX(repository_id) FROM audit_log UNION ALL SELECT MAX(repository_id) FROM pull_counter)"
    )
