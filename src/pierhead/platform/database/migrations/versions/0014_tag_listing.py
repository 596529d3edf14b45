"""Tags as pages list them, who ended them, labels of manifests, and the policies about tags."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SORTED = ("digest", "size_bytes", "start_ms", "end_ms", "moved_by", "immutable", "signed", "referrers", "pulls", "last_pulled_ms")
_ENDS = sa.text("end_ms < 4611686018427387904")
_FILL = """
INSERT INTO tag_listing (repository_id, name, tag_id, manifest_id, digest, size_bytes, start_ms, end_ms, moved_by, immutable, restored,
    signed, referrers, pulls, last_pulled_ms)
SELECT tag.repository_id, tag.name, tag.id, tag.manifest_id, manifest.sha256, coalesce(manifest.content_bytes, -1), tag.start_ms,
    coalesce(tag.end_ms, 4611686018427387904), coalesce(tag.moved_by, ''), tag.immutable, tag.restored, false,
    (SELECT count(*) FROM manifest AS referrer
     WHERE referrer.repository_id = tag.repository_id AND referrer.subject = manifest.sha256 AND referrer.deleted_ms IS NULL),
    0, 0
FROM tag JOIN manifest ON manifest.id = tag.manifest_id
WHERE tag.end_ms IS NULL
"""


_GIVE_REASONS = """
UPDATE tag SET end_reason = CASE WHEN EXISTS (
    SELECT 1 FROM tag AS later
    WHERE later.repository_id = tag.repository_id AND later.name = tag.name AND later.start_ms = tag.end_ms AND later.id > tag.id
) THEN 'moved' ELSE 'deleted' END
WHERE end_ms IS NOT NULL
"""


def _text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _owned(table: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        table,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("namespace_id", ROW_ID, nullable=True),
        sa.Column("repository_id", ROW_ID, nullable=True),
        *columns,
        sa.ForeignKeyConstraint(["namespace_id"], ["account.id"], name=op.f(f"fk_{table}_namespace_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name=op.f(f"fk_{table}_repository_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("uuid", name=op.f(f"uq_{table}_uuid")),
    )
    op.create_index(f"ix_{table}_namespace_id", table, ["namespace_id"])
    op.create_index(f"ix_{table}_repository_id", table, ["repository_id"])


def _widen() -> None:
    for column in (
        sa.Column("platforms", sa.String(1024), nullable=True),
        sa.Column("expires_after_seconds", sa.BigInteger(), nullable=True),
        sa.Column("makes_immutable", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("pulls", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("last_pulled_ms", sa.BigInteger(), nullable=False, server_default="0"),
    ):
        op.add_column("manifest", column)
    op.add_column("tag", sa.Column("ended_by", sa.String(255), nullable=True))
    op.add_column("tag", sa.Column("end_reason", sa.String(16), nullable=True))
    op.execute(_GIVE_REASONS)
    op.create_index("ix_tag_started", "tag", ["repository_id", "start_ms"])


def _create_listing() -> None:
    op.create_table(
        "tag_listing",
        sa.Column("repository_id", ROW_ID, nullable=False),
        sa.Column("name", _text(128), nullable=False),
        sa.Column("tag_id", ROW_ID, nullable=False),
        sa.Column("manifest_id", ROW_ID, nullable=False),
        sa.Column("digest", _text(135), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("size_bytes", "start_ms", "end_ms")),
        sa.Column("moved_by", _text(255), nullable=False),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("immutable", "restored", "signed")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("referrers", "pulls", "last_pulled_ms")),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name=op.f("fk_tag_listing_repository_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("repository_id", "name", name=op.f("pk_tag_listing")),
        sqlite_with_rowid=False,
    )
    op.execute(_FILL)
    for column in _SORTED:
        op.create_index(f"ix_tag_listing_{column}", "tag_listing", ["repository_id", column, "name"])
    op.create_index("ix_tag_listing_expiring", "tag_listing", ["end_ms"], sqlite_where=_ENDS, postgresql_where=_ENDS)


def upgrade() -> None:
    """Make them; tags that have an end are listed from their next push on."""
    _widen()
    _create_listing()
    op.create_table(
        "manifest_label",
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("manifest_id", ROW_ID, nullable=False),
        sa.Column("key", _text(255), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["manifest_id"], ["manifest.id"], name=op.f("fk_manifest_label_manifest_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_manifest_label")),
    )
    op.create_index("ix_manifest_label_manifest_id", "manifest_label", ["manifest_id", "key"])
    _owned("immutability_policy", sa.Column("pattern", sa.String(256), nullable=False), sa.Column("matches", sa.Boolean(), nullable=False))
    _owned(
        "prune_policy",
        sa.Column("method", sa.String(24), nullable=False),
        sa.Column("value", sa.String(16), nullable=False),
        sa.Column("pattern", sa.String(256), nullable=True),
        sa.Column("matches", sa.Boolean(), nullable=False),
    )
