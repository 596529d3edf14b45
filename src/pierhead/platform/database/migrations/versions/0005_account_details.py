"""Details of accounts, metadata and federation of robots, and the ids of deleted accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXTS = ("given_name", "family_name", "company", "location", "contact_email", "invoice_email_address")


def upgrade() -> None:
    """Columns are added in place on both engines: the new ones are NULL, or have a default."""
    for name in _TEXTS:
        op.add_column("account", sa.Column(name, sa.String(length=255), nullable=True))
    op.add_column("account", sa.Column("sends_invoices", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("robot", sa.Column("unstructured_metadata", sa.Text(), nullable=True))
    op.create_table(
        "deleted_account",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deleted_account")),
    )
    op.create_table(
        "robot_federation",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("robot_id", ROW_ID, nullable=False),
        sa.Column("issuer", sa.String(length=512), nullable=False),
        sa.Column("subject", sa.String(length=512), nullable=False),
        sa.ForeignKeyConstraint(["robot_id"], ["robot.id"], name=op.f("fk_robot_federation_robot_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robot_federation")),
        sa.UniqueConstraint("robot_id", "issuer", "subject", name=op.f("uq_robot_federation_robot_id_issuer_subject")),
    )
