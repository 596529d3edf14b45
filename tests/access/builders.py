"""What the tests of access and accounts are set up with."""

import secrets

from pierhead.platform.secrets import SecretBox


def make_secret_box() -> SecretBox:
    """A box with a key of its own."""
    return SecretBox([secrets.token_bytes(32)])
