"""OAuth applications and what they are given: values, the rule of redirect addresses, and what can go wrong."""

import base64
import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import SplitResult, unquote, urlsplit

from pierhead.access.model.oauth_scopes import Scopes
from pierhead.accounts.model.names import is_storable
from pierhead.platform.errors import Invalid, NotFound

TOKEN_SECONDS = 315_576_000  # ten years of 365.25 days
TOKEN_LENGTH = 40
CLIENT_ID_LENGTH = 20
CODE_SECONDS = 600
LOCAL_PAGE = "/oauth/localapp"
LONGEST_NAME = 255
_LONGEST_TEXT = 4096
_ALPHABET = string.ascii_letters + string.digits
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class OAuthApplicationNotFound(NotFound):
    """No application has this client id, or it belongs to somebody else."""

    message = "Not Found"


class OAuthTokenNotFound(NotFound):
    """No token of the application or of the caller has this uuid."""

    message = "Not Found"


class AssignmentNotFound(NotFound):
    """The caller was not given this right."""

    message = "Not Found"


class ScopeNotFound(NotFound):
    """An authorization of a scope that does not exist. Quay answers 404."""

    message = "Not Found"


class InvalidApplication(Invalid):
    """A field of an application that breaks a rule."""


class InvalidTokenRequest(Invalid):
    """The name, scope or lifetime of a new token breaks a rule."""


@dataclass(frozen=True, slots=True)
class OAuthApplication:
    """A program that may act as users who consent. `namespace` is the organization (or user) that it belongs to."""

    id: int
    client_id: str
    namespace_id: int
    namespace: str
    name: str
    description: str
    application_uri: str
    redirect_uri: str
    avatar_email: str | None
    secret_sealed: bytes


@dataclass(frozen=True, slots=True)
class ApplicationFields:
    """What an admin says of an application; checked by `parse_fields`."""

    name: str
    application_uri: str = ""
    redirect_uri: str = ""
    description: str = ""
    avatar_email: str | None = None


@dataclass(frozen=True, slots=True)
class OAuthToken:
    """A token as lists show it; its secret was shown once."""

    id: int
    uuid: str
    name: str | None
    scopes: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    created_by: str


@dataclass(frozen=True, slots=True)
class StoredOAuthToken:
    """A token with the user that it acts as, for whoever shows it."""

    id: int
    uuid: str
    scopes: str
    expires_at: datetime
    last_used_at: datetime | None
    user_id: int
    user_name: str
    is_enabled: bool
    is_superuser: bool


@dataclass(frozen=True, slots=True)
class NewOAuthToken:
    """A token that was just made, with its secret."""

    token: OAuthToken
    secret: str


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a user gave to an application: one token; or the right to get one, when it was assigned."""

    uuid: str
    scopes: str
    application: OAuthApplication
    redirect_uri: str = ""
    response_type: str = ""


@dataclass(frozen=True, slots=True)
class StoredCode:
    """A code that is exchanged for a token. `challenge` is that of PKCE (RFC 7636, S256), when the client sent one."""

    id: int
    application_id: int
    user_id: int
    user_is_enabled: bool
    redirect_uri: str
    scopes: str
    challenge: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """What a consent is about."""

    application: OAuthApplication
    scopes: Scopes
    redirect_uri: str
    assignment_uuid: str | None = None


def make_secret(length: int = TOKEN_LENGTH) -> str:
    """Letters and digits; 40 of them hold 238 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def digest_secret(secret: str) -> bytes:
    """What is stored of a token or code."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def parse_fields(fields: ApplicationFields) -> ApplicationFields:
    """The fields without spaces around them. Raises InvalidApplication that names the wrong one."""
    texts = (fields.name, fields.application_uri, fields.redirect_uri, fields.description, fields.avatar_email or "")
    name, application_uri, redirect_uri, description, avatar_email = (text.strip() for text in texts)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidApplication(f"The name must have 1 to {LONGEST_NAME} characters.")
    if len(avatar_email) > LONGEST_NAME:
        raise InvalidApplication(f"avatar_email must have at most {LONGEST_NAME} characters.")
    for word, text in (("application_uri", application_uri), ("redirect_uri", redirect_uri)):
        if text and _split(text) is None:
            raise InvalidApplication(f"{word} must be an http or https address without user name, fragment or dots that climb.")
    checked = ApplicationFields(name, application_uri, redirect_uri, description, avatar_email or None)
    if any(len(text) > _LONGEST_TEXT or not is_storable(text) for text in texts):
        raise InvalidApplication("A field is too long or holds characters that cannot be stored.")
    return checked


def is_allowed_redirect(asked: str, *, registered: str, local_pages: Collection[str]) -> bool:
    """Whether a browser may be sent there: our own page, or below the registered address with the same scheme, host and port."""
    if asked in local_pages:
        return True
    given, known = _split(asked), _split(registered)
    if given is None or known is None or (given.scheme, given.netloc) != (known.scheme, known.netloc):
        return False
    base = known.path or "/"
    path = given.path or "/"
    return path == base or path.startswith(base if base.endswith("/") else base + "/")


def is_challenge(text: str) -> bool:
    """Whether the text is a challenge of PKCE by SHA-256."""
    return _CHALLENGE.fullmatch(text) is not None


def meets_challenge(verifier: str, challenge: str) -> bool:
    """Whether the verifier is the one that the challenge was made of."""
    if _VERIFIER.fullmatch(verifier) is None:
        return False
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(made, challenge)


def _split(address: str) -> SplitResult | None:
    """The parts of an address that a browser can be sent to and that means the same to everybody; None for any other."""
    if not address.isascii() or not address.isprintable() or any(character in address for character in ' \\"<>^`{|}'):
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.fragment or port == 0:
        return None
    path = unquote(parts.path)
    if "%" in path or "\\" in path or "//" in path or any(step in (".", "..") for step in path.split("/")):
        return None
    # Encoded slashes and dots mean one thing here and another to the server behind the address.
    return None if re.search(r"%(?:2f|2e|5c|00)", parts.path, re.IGNORECASE) else parts
