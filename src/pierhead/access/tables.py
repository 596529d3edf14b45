"""Tables of access: signing keys, application tokens, OAuth applications with their tokens, failed sign-ins."""

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

oauth_application = Table(
    "oauth_application",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("client_id", String(20), nullable=False, unique=True),
    Column("namespace_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("description", Text, nullable=False, default=""),
    Column("application_uri", Text, nullable=False, default=""),
    Column("redirect_uri", Text, nullable=False, default=""),  # empty: only the built-in page may receive a token
    Column("avatar_email", String(255)),
    Column("secret_sealed", LargeBinary, nullable=False),  # the API shows the secret again
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_oauth_application_namespace_id", "namespace_id", "id"),
)

oauth_token = Table(
    "oauth_token",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("uuid", String(36), nullable=False, unique=True),
    Column("application_id", ForeignKey("oauth_application.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),  # whom the token acts as
    Column("name", String(255)),  # of tokens that admins make by name
    Column("secret_sha256", LargeBinary(32), nullable=False, unique=True),
    Column("scopes", String(255), nullable=False),  # words separated by spaces
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Index("ix_oauth_token_application_id", "application_id", "id"),
    Index("ix_oauth_token_user_id", "user_id", "id"),
)

# A code is good for one token and for a few minutes; the row goes when it is used.
oauth_code = Table(
    "oauth_code",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("uuid", String(36), nullable=False, unique=True),
    Column("application_id", ForeignKey("oauth_application.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("code_sha256", LargeBinary(32), nullable=False, unique=True),
    Column("redirect_uri", Text, nullable=False),
    Column("scopes", String(255), nullable=False),
    Column("challenge", String(128)),  # of PKCE (RFC 7636), method S256
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_oauth_code_application_id", "application_id", "id"),
    Index("ix_oauth_code_user_id", "user_id", "id"),
    Index("ix_oauth_code_expires_at", "expires_at"),
)

# The right of a user who is no admin of the organization to get one token of the application.
oauth_assignment = Table(
    "oauth_assignment",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("uuid", String(36), nullable=False, unique=True),
    Column("application_id", ForeignKey("oauth_application.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("scopes", String(255), nullable=False),
    Column("response_type", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_oauth_assignment_application_id", "application_id", "id"),
    Index("ix_oauth_assignment_user_id", "user_id", "id"),
)

# Which user of a sign-in back end an account is.
external_login = Table(
    "external_login",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("user_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("service", String(64), nullable=False),  # ldap, or the name of an OIDC provider
    Column("subject", String(255), nullable=False),  # the back end's own name for the user, which never changes
    Column("username", String(255)),
    Column("email", String(255)),  # in lower case
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("service", "subject"),
    UniqueConstraint("user_id", "service"),
    Index("ix_external_login_service_email", "service", "email"),
)

# A team whose members are those of a back end's group.
team_sync = Table(
    "team_sync",
    metadata,
    Column("team_id", ForeignKey("team.id", ondelete="CASCADE"), primary_key=True),
    Column("service", String(64), nullable=False),
    Column("external_group", String(1024), nullable=False),  # an LDAP group's DN, or the name of an OIDC group
    Column("created_at", UtcDateTime, nullable=False),
    Column("synced_at", UtcDateTime),
    Column("due_at", UtcDateTime, nullable=False),
    Index("ix_team_sync_service_due_at", "service", "due_at"),
)
