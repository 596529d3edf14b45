"""Tables of access: signing keys, application tokens, failed sign-ins."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from pierhead.platform.database import RowId, UtcDateTime, metadata

service_key = Table(
    "service_key",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("service", String(64), nullable=False),
    Column("serial", BigInteger, nullable=False),  # 1, 2, 3, ... per service: of several processes that renew at once, one wins
    Column("public_jwk", Text, nullable=False),
    Column("private_sealed", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("renew_at", UtcDateTime, nullable=False),  # not used for signing from here on
    Column("expires_at", UtcDateTime, nullable=False),  # the last token signed with it has expired
    UniqueConstraint("service", "serial"),
)

application_token = Table(
    "application_token",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("uuid", String(36), nullable=False, unique=True),
    Column("user_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("title", String(255), nullable=False),
    Column("code_sha256", LargeBinary(32), nullable=False, unique=True),
    Column("code_sealed", LargeBinary, nullable=False),  # the API shows the code again, so it is kept encrypted as well
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
    Index("ix_application_token_user_id", "user_id"),
)

login_failure = Table(
    "login_failure",
    metadata,
    Column("subject", String(64), primary_key=True),  # SHA-256 of the account name or of the address: bounded, whatever strangers send
    Column("failures", Integer, nullable=False),
    Column("last_failed_at", UtcDateTime, nullable=False),
    Column("blocked_until", UtcDateTime),
    Index("ix_login_failure_last_failed_at", "last_failed_at"),
)
