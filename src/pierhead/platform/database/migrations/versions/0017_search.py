"""The index of parts of repositories' names that search walks along, filled for the repositories that are there."""

import itertools
import re

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_AT_ONCE = 500


def _text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _cut(name: str) -> set[str]:
    """As `repositories/model/grams.py` of this revision."""
    words = [word for word in re.split(r"[/._-]", name) if word]
    return {name[start : start + 3] for start in range(len(name) - 2)} | {word[:length] for word in words for length in (1, 2)}


def upgrade() -> None:
    """Make and fill it."""
    table = op.create_table(
        "repository_gram",
        sa.Column("gram", _text(3), nullable=False),
        sa.Column("name", _text(512), nullable=False),
        sa.PrimaryKeyConstraint("gram", "name", name=op.f("pk_repository_gram")),
        sqlite_with_rowid=False,
    )
    repository = sa.table("repository", sa.column("name"), sa.column("state"))
    names = op.get_bind().execute(sa.select(repository.c.name).where(repository.c.state != "MARKED_FOR_DELETION")).scalars().all()
    for start in itertools.count(0, _AT_ONCE):
        rows = [{"gram": gram, "name": name} for name in names[start : start + _AT_ONCE] for gram in _cut(name)]
        if not rows:
            break
        op.bulk_insert(table, rows)
