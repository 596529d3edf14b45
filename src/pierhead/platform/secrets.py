"""Stored secrets that must be read back, and tokens that carry their own content: encrypted with keys outside the database."""

import base64
import binascii
import hashlib
import os
import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pierhead.platform.clock import to_milliseconds
from pierhead.platform.errors import ConfigurationError, Unavailable

KEY_BYTES = 32
_FORMAT = b"\x01"
_NONCE_BYTES = 12
_IDENTITY_BYTES = 4
_TIME_BYTES = 8
_MAXIMUM_TOKEN = 16_384
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")


class SecretUnreadable(Unavailable):
    """The secret was sealed with a key that is not here, for another purpose, or was damaged."""

    message = "A stored secret cannot be read with the keys of this server. Restore the key file or store the secret again."


class SecretBox:
    """Seals with the first key and opens with any (AES-256-GCM), so keys are changed by putting a new one in front. Safe in threads.

    A sealed value is: format, identity of the key, nonce, ciphertext. It is bound to a purpose: what was sealed as a mirror's password
    cannot be opened as anything else.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take keys of 32 bytes, newest first. Raises ConfigurationError."""
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ConfigurationError(f"Secret keys: at least one is needed, and each has {KEY_BYTES} bytes.")
        self._ciphers = {_identify(key): AESGCM(key) for key in reversed(keys)}
        self._newest = _identify(keys[0])

    def seal(self, plain: bytes, *, purpose: str) -> bytes:
        """Encrypt; the result is 33 bytes longer and different each time."""
        return self._seal(plain, b"secret\0" + purpose.encode())

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        """Decrypt what `seal` made for this purpose. Raises SecretUnreadable."""
        return self._open(sealed, b"secret\0" + purpose.encode())

    def seal_text(self, text: str, *, purpose: str, now: datetime) -> str:
        """A token for URLs that holds the text and the time: page tokens, states of a sign-in. Its content cannot be read or changed."""
        content = to_milliseconds(now).to_bytes(_TIME_BYTES, "big") + text.encode()
        return base64.urlsafe_b64encode(self._seal(content, b"token\0" + purpose.encode())).rstrip(b"=").decode("ascii")

    def open_text(self, token: str, *, purpose: str, max_age_seconds: float, now: datetime) -> str | None:
        """The text of a token; None when it is not ours, is for another purpose, or is older than that."""
        if len(token) > _MAXIMUM_TOKEN or not _TOKEN.fullmatch(token):
            return None
        try:
            content = self._open(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)), b"token\0" + purpose.encode())
        except (SecretUnreadable, binascii.Error):
            return None
        sealed_ms = int.from_bytes(content[:_TIME_BYTES], "big")
        return None if to_milliseconds(now) - sealed_ms > max_age_seconds * 1000 else content[_TIME_BYTES:].decode()

    def _seal(self, plain: bytes, bound: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        head = _FORMAT + self._newest
        return head + nonce + self._ciphers[self._newest].encrypt(nonce, plain, head + bound)

    def _open(self, sealed: bytes, bound: bytes) -> bytes:
        head, rest = sealed[: len(_FORMAT) + _IDENTITY_BYTES], sealed[len(_FORMAT) + _IDENTITY_BYTES :]
        cipher = self._ciphers.get(head[len(_FORMAT) :])
        if cipher is None or not head.startswith(_FORMAT) or len(rest) < _NONCE_BYTES:
            raise SecretUnreadable
        try:
            return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], head + bound)
        except InvalidTag as error:
            raise SecretUnreadable from error


def parse_keys(text: str) -> tuple[bytes, ...]:
    """Keys from a file or a setting: base64, newest first, separated by lines or commas. Raises ConfigurationError."""
    try:
        keys = tuple(base64.b64decode(word, validate=True) for word in text.replace(",", "\n").split())
    except (binascii.Error, ValueError):
        # The text of this error could hold a part of a key.
        raise ConfigurationError("Secret keys: not base64.") from None
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise ConfigurationError(f"Secret keys: at least one is needed, and each is {KEY_BYTES} bytes in base64.")
    return keys


def load_or_create_keys(path: Path) -> tuple[bytes, ...]:
    """The keys of the file; one new key, durable and readable by the owner only, when there is no file yet.

    Processes that start at once agree on one key. Raises ConfigurationError that names the file.
    """
    try:
        if not path.exists():
            _create(path)
        return parse_keys(path.read_text(encoding="ascii"))
    except (OSError, UnicodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not base64"
        raise ConfigurationError(f"The key file {path} cannot be used: {reason}.") from error
    except ConfigurationError as error:
        raise ConfigurationError(f"The key file {path} cannot be used. {error.message}") from error


def _create(path: Path) -> None:
    """Write a file beside and link it to its name: whoever comes second finds the first one's file, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _identify(key: bytes) -> bytes:
    """A few bytes that tell keys apart and nothing about them."""
    return hashlib.sha256(b"pierhead key identity\0" + key).digest()[:_IDENTITY_BYTES]
