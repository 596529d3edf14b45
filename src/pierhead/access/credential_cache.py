"""Remember for a short time which passwords were right, so that argon2 runs once a minute and not with every request."""

import hashlib
import hmac
import secrets
from datetime import datetime

from pierhead.access.model.credentials import StoredUser

_CAPACITY = 4096


class CredentialCache:
    """Keyed hashes of verified credentials. The key lives as long as the process and is written nowhere."""

    def __init__(self, *, seconds: int) -> None:
        self._seconds = seconds
        self._key = secrets.token_bytes(32)
        self._until: dict[bytes, float] = {}

    def holds(self, user: StoredUser, password: str, now: datetime) -> bool:
        """Whether this password was right a short time ago, for the user as the row is now: a new password or generation forgets it."""
        until = self._until.get(self._digest(user, password))
        return until is not None and now.timestamp() < until

    def remember(self, user: StoredUser, password: str, now: datetime) -> None:
        """Note that the password is right."""
        if self._seconds == 0:
            return
        while len(self._until) >= _CAPACITY:
            del self._until[next(iter(self._until))]
        self._until[self._digest(user, password)] = now.timestamp() + self._seconds

    def _digest(self, user: StoredUser, password: str) -> bytes:
        # The fields before the password hold no NUL, so two different credentials never make the same text.
        text = f"{user.id}\0{user.session_generation}\0{user.password_hash}\0{password}"
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256)
