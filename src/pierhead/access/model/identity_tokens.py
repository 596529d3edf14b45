"""What an OpenID Connect token says, and whether its claims hold here and now (OpenID Connect Core, section 3.1.3.7)."""

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeGuard

import msgspec

from pierhead.access.model.errors import InvalidToken

LONGEST_TOKEN = 12 * 1024
LEEWAY_SECONDS = 60
# Signatures by a key pair only: with an HMAC, or with none, whoever knows the public key could sign.
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_LONGEST_WORD = 512


class TokenHeader(msgspec.Struct, frozen=True):
    """The JOSE header; extensions that must be understood are refused, since none is."""

    alg: str
    kid: str | None = None
    crit: list[str] | None = None


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A token before its signature is checked: good for finding the key, and for nothing else."""

    text: str
    algorithm: str
    kid: str | None
    issuer: str
    subject: str


_header_decoder = msgspec.json.Decoder(TokenHeader)
_claims_decoder = msgspec.json.Decoder(dict[str, Any])


def may_be_identity_token(text: str) -> bool:
    """Whether the text has the shape of a signed token; passwords and secrets of ours never have it."""
    return len(text) <= LONGEST_TOKEN and text.startswith("ey") and _COMPACT.fullmatch(text) is not None


def read_unverified(text: str) -> UnverifiedToken:
    """Raises InvalidToken for what is no token, and for signatures that are not of a key pair."""
    if not may_be_identity_token(text):
        raise InvalidToken
    head, body, _ = text.split(".")
    try:
        header = _header_decoder.decode(_decode(head))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidToken from error
    if header.alg not in ALGORITHMS or header.crit is not None:
        raise InvalidToken
    claims = parse_claims(_decode(body))
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not _is_word(issuer) or not _is_word(subject):
        raise InvalidToken
    return UnverifiedToken(text, header.alg, header.kid, issuer, subject)


def parse_claims(payload: bytes) -> dict[str, Any]:
    """The claims of a payload. Raises InvalidToken."""
    try:
        return _claims_decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidToken from error


def check_claims(claims: dict[str, Any], *, issuer: str, audiences: Collection[str], now_seconds: float) -> None:
    """Issuer, audience and times, with a minute's leeway for clocks. A token without an expiry is refused. Raises InvalidToken."""
    if claims.get("iss") != issuer or not _is_word(claims.get("sub")):
        raise InvalidToken
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(word, str) and word in audiences for word in named):
        raise InvalidToken("The token is for somebody else: its audience is not this registry.")
    if _seconds(claims, "exp", needed=True) + LEEWAY_SECONDS <= now_seconds:
        raise InvalidToken("The token has expired.")
    if max(_seconds(claims, "nbf"), _seconds(claims, "iat")) - LEEWAY_SECONDS > now_seconds:
        raise InvalidToken("The token is not valid yet.")


def _seconds(claims: dict[str, Any], name: str, *, needed: bool = False) -> float:
    value = claims.get(name)
    if value is None and not needed:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidToken
    return value


def _is_word(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_WORD


def _decode(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error) as error:
        raise InvalidToken from error
