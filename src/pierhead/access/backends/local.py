"""Passwords of the own database."""

from pierhead.access.model.credentials import StoredUser
from pierhead.accounts.passwords import PasswordHasher


class LocalPasswords:
    """Compares with the stored argon2id hash."""

    kind = "Database"

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher

    async def check(self, user: StoredUser | None, username: str, password: str) -> StoredUser | None:
        """Takes as long for a name that does not exist. Raises RateLimited."""
        is_right = await self._hasher.verify(None if user is None else user.password_hash, password)
        return user if is_right else None

    def close(self) -> None:
        """Nothing of its own."""
