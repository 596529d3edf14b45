"""The tables of accounts, access and audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them, those first that others refer to."""
    _create_account()
    _create_audit_log()
    _create_login_failure()
    _create_pull_counter()
    _create_service_key()
    _create_application_token()
    _create_robot()
    _create_team()
    _create_team_member()


def _create_account() -> None:
    op.create_table(
        "account",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("is_superuser", sa.Boolean(), nullable=False),
        sa.Column("tag_window_seconds", sa.Integer(), nullable=False),
        sa.Column("session_generation", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
        sa.UniqueConstraint("uuid", name=op.f("uq_account_uuid")),
    )


def _create_audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("namespace_id", sa.BigInteger(), nullable=True),
        sa.Column("repository_id", sa.BigInteger(), nullable=True),
        sa.Column("performer_kind", sa.String(length=24), nullable=False),
        sa.Column("performer_name", sa.String(length=255), nullable=True),
        sa.Column("ip", sa.String(length=45), nullable=True),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index("ix_audit_log_created_at", "audit_log", ["created_at"], unique=False)
    op.create_index("ix_audit_log_namespace_id_created_at", "audit_log", ["namespace_id", "created_at"], unique=False)
    op.create_index("ix_audit_log_repository_id_created_at", "audit_log", ["repository_id", "created_at"], unique=False)


def _create_login_failure() -> None:
    op.create_table(
        "login_failure",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_login_failure")),
    )
    op.create_index("ix_login_failure_last_failed_at", "login_failure", ["last_failed_at"], unique=False)


def _create_pull_counter() -> None:
    op.create_table(
        "pull_counter",
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.String(length=128), nullable=False),
        sa.Column("pulls", sa.BigInteger(), nullable=False),
        sa.Column("last_pulled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("repository_id", "tag", name=op.f("pk_pull_counter")),
    )


def _create_service_key() -> None:
    op.create_table(
        "service_key",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renew_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_service_key")),
        sa.UniqueConstraint("service", "serial", name=op.f("uq_service_key_service_serial")),
    )


def _create_application_token() -> None:
    op.create_table(
        "application_token",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("user_id", ROW_ID, nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("code_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_application_token_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_token")),
        sa.UniqueConstraint("code_sha256", name=op.f("uq_application_token_code_sha256")),
        sa.UniqueConstraint("uuid", name=op.f("uq_application_token_uuid")),
    )
    op.create_index("ix_application_token_user_id", "application_token", ["user_id"], unique=False)


def _create_robot() -> None:
    op.create_table(
        "robot",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("namespace_id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["namespace_id"], ["account.id"], name=op.f("fk_robot_namespace_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robot")),
        sa.UniqueConstraint("name", name=op.f("uq_robot_name")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_robot_token_sha256")),
    )
    op.create_index("ix_robot_namespace_id", "robot", ["namespace_id"], unique=False)


def _create_team() -> None:
    op.create_table(
        "team",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("organization_id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["account.id"], name=op.f("fk_team_organization_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_team_organization_id_name")),
    )


def _create_team_member() -> None:
    op.create_table(
        "team_member",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("team_id", ROW_ID, nullable=False),
        sa.Column("user_id", ROW_ID, nullable=True),
        sa.Column("robot_id", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["robot_id"], ["robot.id"], name=op.f("fk_team_member_robot_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_team_member_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
        sa.UniqueConstraint("team_id", "robot_id", name=op.f("uq_team_member_team_id_robot_id")),
        sa.UniqueConstraint("team_id", "user_id", name=op.f("uq_team_member_team_id_user_id")),
    )
    op.create_index("ix_team_member_robot_id", "team_member", ["robot_id"], unique=False)
    op.create_index("ix_team_member_user_id", "team_member", ["user_id"], unique=False)
