"""Tables of the registry: content once for all, and each repository's own view of it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from pierhead.platform.database import RowId, metadata

_DIGEST = String(135)  # sha512: and 128 digits
_ALGORITHM = String(16)
# Tags are listed in byte order, whatever the database's own collation is.
_TAG_NAME = String(128).with_variant(String(128, collation="C"), "postgresql")
_SORTED_DIGEST = _DIGEST.with_variant(String(135, collation="C"), "postgresql")
_SORTED_NAME = String(255).with_variant(String(255, collation="C"), "postgresql")

NEVER_MS = 2**62
"""The end of a living tag that has none, where NULL would not do."""

SORTED_COLUMNS = ("digest", "size_bytes", "start_ms", "end_ms", "moved_by", "immutable", "signed", "referrers", "pulls", "last_pulled_ms")
"""The columns that tags are sorted by, besides the name."""

blob = Table(
    "blob",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("sha256", _DIGEST, nullable=False, unique=True),  # whole digest, with its algorithm
    Column("sha512", _DIGEST, unique=True),  # computed when a client first asked with it
    Column("size_bytes", BigInteger, nullable=False),
    Column("storage_key", String(255), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    # When a repository last let go of it: the collector looks whether any still holds it.
    Column("unused_ms", BigInteger),
    Index(
        "ix_blob_unused_ms",
        "unused_ms",
        sqlite_where=text("unused_ms IS NOT NULL"),
        postgresql_where=text("unused_ms IS NOT NULL"),
    ),
)

# A repository may use a blob only through its own row here, so nobody reads by guessing digests.
repository_blob = Table(
    "repository_blob",
    metadata,
    Column("repository_id", ForeignKey("repository.id", ondelete="CASCADE"), nullable=False),
    Column("blob_id", ForeignKey("blob.id"), nullable=False),
    # Kept until then although no manifest refers to it; then the collector looks. 0: it has looked, and a manifest refers to it.
    Column("held_until_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("repository_id", "blob_id"),
    Index("ix_repository_blob_blob_id", "blob_id"),
    Index(
        "ix_repository_blob_held_until_ms",
        "held_until_ms",
        sqlite_where=text("held_until_ms > 0"),
        postgresql_where=text("held_until_ms > 0"),
    ),
    sqlite_with_rowid=False,
)

# How many repositories of a namespace hold a blob: a quota counts each blob once.
namespace_blob = Table(
    "namespace_blob",
    metadata,
    Column("namespace_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("blob_id", ForeignKey("blob.id", ondelete="CASCADE"), nullable=False),
    Column("holders", Integer, nullable=False),
    PrimaryKeyConstraint("namespace_id", "blob_id"),
    Index("ix_namespace_blob_blob_id", "blob_id"),
    sqlite_with_rowid=False,
)

upload = Table(
    "upload",
    metadata,
    Column("uuid", String(36), primary_key=True),
    Column("repository_id", ForeignKey("repository.id", ondelete="CASCADE"), nullable=False),
    Column("started_by", String(255), nullable=False),
    Column("algorithm", _ALGORITHM, nullable=False),  # hashed from the first byte, besides sha256
    Column("received_bytes", BigInteger, nullable=False),
    Column("store_state", Text, nullable=False),
    Column("sha256_state", LargeBinary),  # NULL: to be computed from the stored bytes
    Column("sha512_state", LargeBinary),
    Column("touched_ms", BigInteger, nullable=False),
    Index("ix_upload_touched_ms", "touched_ms"),
    Index("ix_upload_repository_id", "repository_id"),
)

manifest = Table(
    "manifest",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("repository_id", ForeignKey("repository.id", ondelete="CASCADE"), nullable=False),
    Column("sha256", _DIGEST, nullable=False),
    Column("sha512", _DIGEST),  # when it was pushed by that digest
    Column("algorithm", _ALGORITHM, nullable=False),  # of the digest that it was pushed with first
    Column("media_type", String(255), nullable=False),
    Column("kind", String(16), nullable=False),  # image, index
    Column("artifact_type", String(255)),
    Column("size_bytes", BigInteger, nullable=False),  # of the manifest itself
    Column("content_bytes", BigInteger),  # of config and layers together; NULL for an index
    Column("subject", _DIGEST),
    Column("annotations", Text),  # JSON; only of referrers, whose list shows them
    Column("created_ms", BigInteger, nullable=False),
    # Kept until then although no tag leads to it; then the collector looks. 0: it has looked, and something leads to it.
    Column("held_until_ms", BigInteger, nullable=False),
    Column("deleted_ms", BigInteger),  # deleted by digest: not served any more
    Column("platforms", String(1024)),  # os/architecture[/variant], separated by commas; NULL: none is known
    Column("expires_after_seconds", BigInteger),  # what the label of the image says; NULL: nothing
    Column("makes_immutable", Boolean, nullable=False, server_default=false()),  # so says the label of the image
    Column("pulls", BigInteger, nullable=False, server_default="0"),  # by tag and by digest
    Column("last_pulled_ms", BigInteger, nullable=False, server_default="0"),  # 0: never
    UniqueConstraint("repository_id", "sha256"),
    UniqueConstraint("repository_id", "sha512"),
    Index("ix_manifest_repository_id_subject", "repository_id", "subject", "id"),
    Index("ix_manifest_held_until_ms", "held_until_ms", sqlite_where=text("held_until_ms > 0"), postgresql_where=text("held_until_ms > 0")),
)

# Apart from the row, so that lists and look-ups read narrow rows.
manifest_content = Table(
    "manifest_content",
    metadata,
    Column("manifest_id", ForeignKey("manifest.id", ondelete="CASCADE"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

manifest_blob = Table(
    "manifest_blob",
    metadata,
    Column("manifest_id", ForeignKey("manifest.id", ondelete="CASCADE"), nullable=False),
    Column("blob_id", ForeignKey("blob.id"), nullable=False),
    # That of the manifest, for the index. 0: written by a release that did not know the column.
    Column("repository_id", BigInteger, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("manifest_id", "blob_id"),
    Index("ix_manifest_blob_blob_id_repository_id", "blob_id", "repository_id"),
    sqlite_with_rowid=False,
)

# By digest, because an index may name children that the repository does not hold.
manifest_child = Table(
    "manifest_child",
    metadata,
    Column("manifest_id", ForeignKey("manifest.id", ondelete="CASCADE"), nullable=False),
    Column("child", _DIGEST, nullable=False),
    Column("position", RowId, nullable=False),
    Column("platform", String(255)),  # os/architecture[/variant]
    PrimaryKeyConstraint("manifest_id", "child"),
    Index("ix_manifest_child_child", "child"),
    sqlite_with_rowid=False,
)

tag = Table(
    "tag",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("repository_id", ForeignKey("repository.id", ondelete="CASCADE"), nullable=False),
    Column("name", _TAG_NAME, nullable=False),
    Column("manifest_id", ForeignKey("manifest.id"), nullable=False),
    Column("algorithm", _ALGORITHM, nullable=False),  # of the digest that the tag was pushed with and answers
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger),  # exclusive; NULL has no end
    Column("restored", Boolean, nullable=False, default=False),
    Column("immutable", Boolean, nullable=False, default=False),
    Column("moved_by", String(255)),
    Column("ended_by", String(255)),  # who deleted it
    Column("end_reason", String(16)),  # moved, deleted, pruned, purged; NULL: it is alive, or its time was over
    # The newest interval of a name is the only one that can be alive: one step in this index finds it, however long the history.
    Index("ix_tag_newest", "repository_id", "name", "start_ms", "id"),
    # Lists walk over the living only.
    Index(
        "ix_tag_living", "repository_id", "name", unique=True, sqlite_where=text("end_ms IS NULL"), postgresql_where=text("end_ms IS NULL")
    ),
    Index("ix_tag_ending", "repository_id", "end_ms"),
    Index("ix_tag_manifest_id", "manifest_id"),
    Index("ix_tag_started", "repository_id", "start_ms"),
)

_ENDS = text(f"end_ms < {NEVER_MS}")

# One row for each living tag, with every figure that a list shows or sorts by, so that any order comes out of one index. Nothing in it
# is NULL, because the engines disagree about where NULL stands. Written in the transactions that change tags; a job takes out expired ones.
tag_listing = Table(
    "tag_listing",
    metadata,
    Column("repository_id", ForeignKey("repository.id", ondelete="CASCADE"), nullable=False),
    Column("name", _TAG_NAME, nullable=False),
    Column("tag_id", RowId, nullable=False),
    Column("manifest_id", RowId, nullable=False),
    Column("digest", _SORTED_DIGEST, nullable=False),  # sha256
    Column("size_bytes", BigInteger, nullable=False),  # -1: an index
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),  # NEVER_MS: no end
    Column("moved_by", _SORTED_NAME, nullable=False),  # empty: unknown
    Column("immutable", Boolean, nullable=False),
    Column("restored", Boolean, nullable=False),
    Column("signed", Boolean, nullable=False),
    Column("referrers", BigInteger, nullable=False),
    Column("pulls", BigInteger, nullable=False),  # by this tag
    Column("last_pulled_ms", BigInteger, nullable=False),  # 0: never
    PrimaryKeyConstraint("repository_id", "name"),
    *(Index(f"ix_tag_listing_{column}", "repository_id", column, "name") for column in SORTED_COLUMNS),
    Index("ix_tag_listing_expiring", "end_ms", sqlite_where=_ENDS, postgresql_where=_ENDS),
    sqlite_with_rowid=False,
)

manifest_label = Table(
    "manifest_label",
    metadata,
    Column("uuid", String(36), primary_key=True),
    Column("manifest_id", ForeignKey("manifest.id", ondelete="CASCADE"), nullable=False),
    Column("key", _SORTED_NAME, nullable=False),
    Column("value", Text, nullable=False),
    Column("source", String(16), nullable=False),  # manifest, api, internal
    Column("media_type", String(64), nullable=False),
    Index("ix_manifest_label_manifest_id", "manifest_id", "key"),
)

# Of a namespace or of a repository; exactly one of the two is there.
immutability_policy = Table(
    "immutability_policy",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("uuid", String(36), nullable=False, unique=True),
    Column("namespace_id", ForeignKey("account.id", ondelete="CASCADE")),
    Column("repository_id", ForeignKey("repository.id", ondelete="CASCADE")),
    Column("pattern", String(256), nullable=False),
    Column("matches", Boolean, nullable=False),  # False: tags that the pattern does not describe
    Index("ix_immutability_policy_namespace_id", "namespace_id"),
    Index("ix_immutability_policy_repository_id", "repository_id"),
)

prune_policy = Table(
    "prune_policy",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("uuid", String(36), nullable=False, unique=True),
    Column("namespace_id", ForeignKey("account.id", ondelete="CASCADE")),
    Column("repository_id", ForeignKey("repository.id", ondelete="CASCADE")),
    Column("method", String(24), nullable=False),  # number_of_tags, creation_date, last_pull
    Column("value", String(16), nullable=False),  # a number, or a duration such as 7d
    Column("pattern", String(256)),  # NULL: every tag
    Column("matches", Boolean, nullable=False),
    Index("ix_prune_policy_namespace_id", "namespace_id"),
    Index("ix_prune_policy_repository_id", "repository_id"),
)

# Repositories with tags that ended, and when the collector looks for those that the time machine has let go.
collector_repository = Table(
    "collector_repository",
    metadata,
    Column("repository_id", ForeignKey("repository.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("due_ms", BigInteger, nullable=False),
    Index("ix_collector_repository_due_ms", "due_ms"),
)

# Bytes whose blob's row is gone. Their key was theirs alone, so nothing can come to need them again.
collector_bytes = Table(
    "collector_bytes",
    metadata,
    Column("storage_key", String(255), primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Index("ix_collector_bytes_due_ms", "due_ms"),
)

# One row: what the collector has done since the beginning, and its last round.
collector_total = Table(
    "collector_total",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=False),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("tags", "manifests", "blobs", "freed_bytes", "orphans", "orphan_bytes", "began_ms", "ended_ms", "round_bytes")
    ),
)
