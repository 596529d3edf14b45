"""Encrypted passwords: what a user may put into a client's configuration in place of the account password.

One holds the user's uuid and a fingerprint of the stored hash, never the password, and ends when the password changes.
"""

import hashlib
import math
from datetime import datetime

from pierhead.access.model.credentials import StoredUser
from pierhead.platform.secrets import SecretBox

_PREFIX = "phk1_"
_PURPOSE = "encrypted-password"


def encrypt_password(user: StoredUser, secret_box: SecretBox, now: datetime) -> str:
    """An encrypted password of the user, who has a password."""
    return _PREFIX + secret_box.seal_text(_state(user), purpose=_PURPOSE, now=now)


def is_encrypted_password(user: StoredUser, text: str, secret_box: SecretBox, now: datetime) -> bool:
    """Whether the text is an encrypted password of this user, made since the password was last set."""
    if user.password_hash is None or not text.startswith(_PREFIX):
        return False
    return secret_box.open_text(text.removeprefix(_PREFIX), purpose=_PURPOSE, max_age_seconds=math.inf, now=now) == _state(user)


def _state(user: StoredUser) -> str:
    fingerprint = hashlib.sha256((user.password_hash or "").encode()).hexdigest()
    return f"{user.uuid}:{fingerprint}"
