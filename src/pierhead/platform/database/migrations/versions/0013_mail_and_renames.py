"""Codes that go out by mail, invitations into teams, robots' tokens that overlap or expire, names that became free, ids that never return."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Columns are added in place on both engines: the new ones are NULL, or have a default."""
