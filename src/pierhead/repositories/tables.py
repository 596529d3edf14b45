"""Tables of repositories and of who may do what in them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    select,
)

from pierhead.accounts.tables import account
from pierhead.platform.database import RowId, UtcDateTime, metadata

# The catalog is in byte order, whatever the database's own collation is.
_NAME = String(512).with_variant(String(512, collation="C"), "postgresql")

repository = Table(
    "repository",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("namespace_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("name", _NAME, nullable=False, unique=True),  # whole: namespace/name, so that a pull needs no join
    Column("kind", String(16), nullable=False),  # image, application
    Column("state", String(24), nullable=False),  # NORMAL, READ_ONLY, MIRROR, MARKED_FOR_DELETION
    Column("is_public", Boolean, nullable=False),
    Column("description", Text, nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("size_bytes", BigInteger, nullable=False, default=0),  # sum of the blobs the repository holds, each once
    Column("modified_ms", BigInteger),  # when a tag was last pushed
    Column("reclaimable_bytes", BigInteger, nullable=False, server_default="0"),  # of it, what no tag led to at the last count
    Index("ix_repository_namespace_id", "namespace_id"),
    Index("ix_repository_is_public_id", "is_public", "id"),
    Index("ix_repository_state", "state"),
    sqlite_autoincrement=True,  # an id that returned would show a stranger's log and pulls
)

repository_permission = Table(
    "repository_permission",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("repository_id", ForeignKey("repository.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", ForeignKey("account.id", ondelete="CASCADE")),
    Column("robot_id", ForeignKey("robot.id", ondelete="CASCADE")),
    Column("team_id", ForeignKey("team.id", ondelete="CASCADE")),
    Column("role", String(8), nullable=False),  # read, write, admin
    UniqueConstraint("repository_id", "user_id"),
    UniqueConstraint("repository_id", "robot_id"),
    UniqueConstraint("repository_id", "team_id"),
    Index("ix_repository_permission_user_id", "user_id"),
    Index("ix_repository_permission_robot_id", "robot_id"),
    Index("ix_repository_permission_team_id", "team_id"),
)

# Parts of the names of living repositories, so that search need not look at every name. Kept by `store/grams.py`.
repository_gram = Table(
    "repository_gram",
    metadata,
    Column("gram", String(3).with_variant(String(3, collation="C"), "postgresql"), nullable=False),
    Column("name", _NAME, nullable=False),
    PrimaryKeyConstraint("gram", "name"),
    sqlite_with_rowid=False,
)

star = Table(
    "star",
    metadata,
    Column("user_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("repository_id", ForeignKey("repository.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("user_id", "repository_id"),
    Index("ix_star_repository_id", "repository_id"),
)

# Given on each new repository of an organization: whenever `activating_user_id` creates it, or anybody where that is NULL.
default_permission = Table(
    "default_permission",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("uuid", String(36), nullable=False, unique=True),
    Column("organization_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("activating_user_id", ForeignKey("account.id", ondelete="CASCADE")),
    Column("user_id", ForeignKey("account.id", ondelete="CASCADE")),
    Column("robot_id", ForeignKey("robot.id", ondelete="CASCADE")),
    Column("team_id", ForeignKey("team.id", ondelete="CASCADE")),
    Column("role", String(8), nullable=False),  # read, write, admin
    Index("ix_default_permission_organization_id", "organization_id"),
    Index("ix_default_permission_activating_user_id", "activating_user_id"),
    Index("ix_default_permission_user_id", "user_id"),
    Index("ix_default_permission_robot_id", "robot_id"),
    Index("ix_default_permission_team_id", "team_id"),
)

quota = Table(
    "quota",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("namespace_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("limit_bytes", BigInteger, nullable=False),
)

quota_limit = Table(
    "quota_limit",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("quota_id", ForeignKey("quota.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(8), nullable=False),  # Warning, Reject
    Column("percent", Integer, nullable=False),
    UniqueConstraint("quota_id", "kind", "percent"),
)

# What a namespace holds. Changed in the transaction that changes it; a nightly count sets it right, should it ever be wrong.
namespace_usage = Table(
    "namespace_usage",
    metadata,
    Column("namespace_id", ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("unique_bytes", BigInteger, nullable=False),  # sum of its blobs, each once
    Column("reclaimable_bytes", BigInteger, nullable=False),  # of them, those that no tag led to at the last count
    Column("counted_ms", BigInteger),  # when that was
    Column("refused_ms", BigInteger),  # when it was last told that a push was refused
)

_namespace_is_enabled = (
    select(account.c.is_enabled).where(account.c.id == repository.c.namespace_id).correlate(repository).scalar_subquery()
)

# What `Repository.of_row` reads, for this room and for joins of rooms above.
REPOSITORY_COLUMNS = (
    repository.c.id,
    repository.c.namespace_id,
    repository.c.name,
    repository.c.kind,
    repository.c.state,
    repository.c.is_public,
    _namespace_is_enabled,
)
