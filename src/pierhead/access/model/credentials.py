"""Whom credentials belong to: users, robots and application tokens, with what checking them needs."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredUser:
    """A user, with what checking a password or session needs."""

    id: int
    uuid: str
    name: str
    email: str | None
    password_hash: str | None
    is_enabled: bool
    is_superuser: bool
    session_generation: int
    last_seen_at: datetime | None
    is_verified: bool


@dataclass(frozen=True, slots=True)
class StoredRobot:
    """A robot, with the state of its namespace."""

    id: int
    name: str
    namespace_id: int
    token_sha256: bytes
    is_enabled: bool
    last_used_at: datetime | None
    token_expires_at: datetime | None
    previous_token_sha256: bytes | None
    previous_token_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredApplicationToken:
    """An application token, with its owner."""

    id: int
    uuid: str
    expires_at: datetime | None
    last_used_at: datetime | None
    user_id: int
    user_name: str
    is_enabled: bool
    is_superuser: bool
