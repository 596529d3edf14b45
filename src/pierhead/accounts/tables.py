"""Tables of accounts. A namespace is an account: a user's own, or an organization."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint, false

from pierhead.platform.database import RowId, UtcDateTime, metadata

account = Table(
    "account",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("uuid", String(36), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),  # user, organization
    Column("name", String(255), nullable=False, unique=True),
    Column("email", String(255), unique=True),
    Column("password_hash", Text),  # argon2id; NULL: no password, as organizations and externally signed-in users
    Column("is_enabled", Boolean, nullable=False, default=True),
    Column("is_verified", Boolean, nullable=False, default=False),
    Column("is_superuser", Boolean, nullable=False, default=False),
    Column("tag_window_seconds", Integer, nullable=False, default=14 * 24 * 3600),  # the time machine's reach
    Column("session_generation", Integer, nullable=False, default=0),  # sign-out and password change raise it, which ends every session
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime),
    Column("given_name", String(255)),
    Column("family_name", String(255)),
    Column("company", String(255)),
    Column("location", String(255)),
    Column("contact_email", String(255)),  # of an organization; several may share one
    Column("invoice_email_address", String(255)),
    Column("sends_invoices", Boolean, nullable=False, default=False, server_default=false()),
    Column("must_confirm_name", Boolean, nullable=False, default=False, server_default=false()),  # the server made the name up
)

# SQLite gives the id of its last row again once that row is gone: whoever came next would inherit the log of the one before.
deleted_account = Table(
    "deleted_account",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("uuid", String(36), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(255), nullable=False),
    Column("deleted_at", UtcDateTime, nullable=False),
)

robot = Table(
    "robot",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("namespace_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(255), nullable=False, unique=True),  # whole: namespace+short
    Column("description", String(255), nullable=False, default=""),
    Column("token_sha256", LargeBinary(32), nullable=False, unique=True),
    Column("token_sealed", LargeBinary, nullable=False),  # the API shows the token again, so it is kept encrypted as well
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("unstructured_metadata", Text),  # a JSON object of the creator's; NULL: none was given
    Column("token_seconds", Integer),  # how long each new token lives; NULL: for ever
    Column("token_expires_at", UtcDateTime),
    Column("previous_token_sha256", LargeBinary(32)),  # still taken until the moment below, so that a rotation interrupts nobody
    Column("previous_token_expires_at", UtcDateTime),
    Index("ix_robot_namespace_id", "namespace_id"),
)

robot_federation = Table(
    "robot_federation",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("robot_id", ForeignKey("robot.id", ondelete="CASCADE"), nullable=False),
    Column("issuer", String(512), nullable=False),
    Column("subject", String(512), nullable=False),
    UniqueConstraint("robot_id", "issuer", "subject"),
)

team = Table(
    "team",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("organization_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("role", String(16), nullable=False),  # member, creator, admin
    Column("description", Text, nullable=False, default=""),
    UniqueConstraint("organization_id", "name"),
)

team_member = Table(
    "team_member",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("team_id", ForeignKey("team.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", ForeignKey("account.id", ondelete="CASCADE")),
    Column("robot_id", ForeignKey("robot.id", ondelete="CASCADE")),
    UniqueConstraint("team_id", "user_id"),
    UniqueConstraint("team_id", "robot_id"),
    Index("ix_team_member_user_id", "user_id"),
    Index("ix_team_member_robot_id", "robot_id"),
)

# Codes in links that were mailed; each works once.
mailed_code = Table(
    "mailed_code",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("user_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("purpose", String(16), nullable=False),  # confirm, recover
    Column("code_sha256", LargeBinary(32), nullable=False, unique=True),
    Column("new_email", String(255)),  # the address that the code confirms, when it is to replace the user's
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_mailed_code_user_id_purpose", "user_id", "purpose"),
    Index("ix_mailed_code_expires_at", "expires_at"),
)

# Of a user or of whoever reads the mail at an address.
team_invitation = Table(
    "team_invitation",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("team_id", ForeignKey("team.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", ForeignKey("account.id", ondelete="CASCADE")),
    Column("email", String(255)),
    Column("code_sha256", LargeBinary(32), nullable=False, unique=True),
    Column("inviter_id", ForeignKey("account.id", ondelete="SET NULL")),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("team_id", "user_id"),
    UniqueConstraint("team_id", "email"),
    Index("ix_team_invitation_user_id", "user_id"),
    Index("ix_team_invitation_inviter_id", "inviter_id"),
)

# Names that a renaming or deletion has left: registry tokens that bear one may still be out, so that not everybody may take it at once.
freed_name = Table(
    "freed_name",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("freed_at", UtcDateTime, nullable=False),
    Column("freed_by", String(255)),  # the name of whoever did it; NULL: the server itself
    Index("ix_freed_name_freed_at", "freed_at"),
)
