"""The tables of OAuth: applications, their tokens, codes on their way to a token, and rights to mint one that were given to users."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "oauth_application",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("client_id", sa.String(length=20), nullable=False),
        sa.Column("namespace_id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("application_uri", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("avatar_email", sa.String(length=255), nullable=True),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["namespace_id"], ["account.id"], name=op.f("fk_oauth_application_namespace_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_application")),
        sa.UniqueConstraint("client_id", name=op.f("uq_oauth_application_client_id")),
    )
    op.create_index("ix_oauth_application_namespace_id", "oauth_application", ["namespace_id", "id"], unique=False)
    op.create_table(
        "oauth_token",
        *_identifying_columns(),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("secret_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scopes", sa.String(length=255), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        *_references("oauth_token"),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_oauth_token_secret_sha256")),
    )
    op.create_table(
        "oauth_code",
        *_identifying_columns(),
        sa.Column("code_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scopes", sa.String(length=255), nullable=False),
        sa.Column("challenge", sa.String(length=128), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        *_references("oauth_code"),
        sa.UniqueConstraint("code_sha256", name=op.f("uq_oauth_code_code_sha256")),
    )
    op.create_index("ix_oauth_code_expires_at", "oauth_code", ["expires_at"], unique=False)
    op.create_table(
        "oauth_assignment",
        *_identifying_columns(),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scopes", sa.String(length=255), nullable=False),
        sa.Column("response_type", sa.String(length=16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        *_references("oauth_assignment"),
    )
    for table in ("oauth_token", "oauth_code", "oauth_assignment"):
        op.create_index(f"ix_{table}_application_id", table, ["application_id", "id"], unique=False)
        op.create_index(f"ix_{table}_user_id", table, ["user_id", "id"], unique=False)


def _identifying_columns() -> tuple[sa.Column[object], ...]:
    columns: tuple[sa.Column[object], ...] = (
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("application_id", ROW_ID, nullable=False),
        sa.Column("user_id", ROW_ID, nullable=False),
    )
    return columns


def _references(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(["application_id"], ["oauth_application.id"], name=op.f(f"fk_{table}_application_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("uuid", name=op.f(f"uq_{table}_uuid")),
    )
