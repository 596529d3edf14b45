"""The tables of repositories and of the registry."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them, those first that others refer to."""
    _create_blob()
    _create_repository()
    _create_manifest()
    _create_repository_blob()
    _create_repository_permission()
    _create_upload()
    _create_manifest_blob()
    _create_manifest_child()
    _create_manifest_content()
    _create_tag()


def _create_blob() -> None:
    op.create_table(
        "blob",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("sha256", sa.String(length=135), nullable=False),
        sa.Column("sha512", sa.String(length=135), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("storage_key", sa.String(length=255), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blob")),
        sa.UniqueConstraint("sha256", name=op.f("uq_blob_sha256")),
        sa.UniqueConstraint("sha512", name=op.f("uq_blob_sha512")),
    )


def _create_repository() -> None:
    op.create_table(
        "repository",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("namespace_id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=512).with_variant(sa.String(length=512, collation="C"), "postgresql"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["namespace_id"], ["account.id"], name=op.f("fk_repository_namespace_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repository")),
        sa.UniqueConstraint("name", name=op.f("uq_repository_name")),
    )
    op.create_index("ix_repository_namespace_id", "repository", ["namespace_id"], unique=False)


def _create_manifest() -> None:
    op.create_table(
        "manifest",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("repository_id", ROW_ID, nullable=False),
        sa.Column("sha256", sa.String(length=135), nullable=False),
        sa.Column("sha512", sa.String(length=135), nullable=True),
        sa.Column("algorithm", sa.String(length=16), nullable=False),
        sa.Column("media_type", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("artifact_type", sa.String(length=255), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("content_bytes", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.String(length=135), nullable=True),
        sa.Column("annotations", sa.Text(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("held_until_ms", sa.BigInteger(), nullable=False),
        sa.Column("deleted_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name=op.f("fk_manifest_repository_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manifest")),
        sa.UniqueConstraint("repository_id", "sha256", name=op.f("uq_manifest_repository_id_sha256")),
        sa.UniqueConstraint("repository_id", "sha512", name=op.f("uq_manifest_repository_id_sha512")),
    )
    op.create_index("ix_manifest_repository_id_subject", "manifest", ["repository_id", "subject", "id"], unique=False)


def _create_repository_blob() -> None:
    op.create_table(
        "repository_blob",
        sa.Column("repository_id", ROW_ID, nullable=False),
        sa.Column("blob_id", ROW_ID, nullable=False),
        sa.Column("held_until_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"], name=op.f("fk_repository_blob_blob_id")),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name=op.f("fk_repository_blob_repository_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("repository_id", "blob_id", name=op.f("pk_repository_blob")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_repository_blob_blob_id", "repository_blob", ["blob_id"], unique=False)


def _create_repository_permission() -> None:
    op.create_table(
        "repository_permission",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("repository_id", ROW_ID, nullable=False),
        sa.Column("user_id", ROW_ID, nullable=True),
        sa.Column("robot_id", ROW_ID, nullable=True),
        sa.Column("team_id", ROW_ID, nullable=True),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_repository_permission_repository_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["robot_id"], ["robot.id"], name=op.f("fk_repository_permission_robot_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_repository_permission_team_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_repository_permission_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repository_permission")),
        sa.UniqueConstraint("repository_id", "robot_id", name=op.f("uq_repository_permission_repository_id_robot_id")),
        sa.UniqueConstraint("repository_id", "team_id", name=op.f("uq_repository_permission_repository_id_team_id")),
        sa.UniqueConstraint("repository_id", "user_id", name=op.f("uq_repository_permission_repository_id_user_id")),
    )
    op.create_index("ix_repository_permission_robot_id", "repository_permission", ["robot_id"], unique=False)
    op.create_index("ix_repository_permission_team_id", "repository_permission", ["team_id"], unique=False)
    op.create_index("ix_repository_permission_user_id", "repository_permission", ["user_id"], unique=False)


def _create_upload() -> None:
    op.create_table(
        "upload",
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("repository_id", ROW_ID, nullable=False),
        sa.Column("started_by", sa.String(length=255), nullable=False),
        sa.Column("algorithm", sa.String(length=16), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("store_state", sa.Text(), nullable=False),
        sa.Column("sha256_state", sa.LargeBinary(), nullable=True),
        sa.Column("sha512_state", sa.LargeBinary(), nullable=True),
        sa.Column("touched_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name=op.f("fk_upload_repository_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_upload")),
    )
    op.create_index("ix_upload_repository_id", "upload", ["repository_id"], unique=False)
    op.create_index("ix_upload_touched_ms", "upload", ["touched_ms"], unique=False)


def _create_manifest_blob() -> None:
    op.create_table(
        "manifest_blob",
        sa.Column("manifest_id", ROW_ID, nullable=False),
        sa.Column("blob_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"], name=op.f("fk_manifest_blob_blob_id")),
        sa.ForeignKeyConstraint(["manifest_id"], ["manifest.id"], name=op.f("fk_manifest_blob_manifest_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("manifest_id", "blob_id", name=op.f("pk_manifest_blob")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_manifest_blob_blob_id", "manifest_blob", ["blob_id"], unique=False)


def _create_manifest_child() -> None:
    op.create_table(
        "manifest_child",
        sa.Column("manifest_id", ROW_ID, nullable=False),
        sa.Column("child", sa.String(length=135), nullable=False),
        sa.Column("position", ROW_ID, nullable=False),
        sa.Column("platform", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["manifest_id"], ["manifest.id"], name=op.f("fk_manifest_child_manifest_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("manifest_id", "child", name=op.f("pk_manifest_child")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_manifest_child_child", "manifest_child", ["child"], unique=False)


def _create_manifest_content() -> None:
    op.create_table(
        "manifest_content",
        sa.Column("manifest_id", ROW_ID, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["manifest_id"], ["manifest.id"], name=op.f("fk_manifest_content_manifest_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("manifest_id", name=op.f("pk_manifest_content")),
    )


def _create_tag() -> None:
    op.create_table(
        "tag",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("repository_id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=128).with_variant(sa.String(length=128, collation="C"), "postgresql"), nullable=False),
        sa.Column("manifest_id", ROW_ID, nullable=False),
        sa.Column("algorithm", sa.String(length=16), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=True),
        sa.Column("restored", sa.Boolean(), nullable=False),
        sa.Column("immutable", sa.Boolean(), nullable=False),
        sa.Column("moved_by", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["manifest_id"], ["manifest.id"], name=op.f("fk_tag_manifest_id")),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name=op.f("fk_tag_repository_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
    )
    op.create_index("ix_tag_ending", "tag", ["repository_id", "end_ms"], unique=False)
    op.create_index(
        "ix_tag_living",
        "tag",
        ["repository_id", "name"],
        unique=True,
        sqlite_where=sa.text("end_ms IS NULL"),
        postgresql_where=sa.text("end_ms IS NULL"),
    )
    op.create_index("ix_tag_manifest_id", "tag", ["manifest_id"], unique=False)
    op.create_index("ix_tag_newest", "tag", ["repository_id", "name", "start_ms", "id"], unique=False)
