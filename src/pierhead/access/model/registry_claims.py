"""The wire form of a `/v2` bearer token: its header and claims (registry-protocol 3.3)."""

import re
from collections.abc import Mapping

import msgspec

from pierhead.access.model.errors import InvalidToken
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.oauth_scopes import Scopes, UnknownScope, format_scopes, parse_scopes
from pierhead.access.model.tokens import CATALOG, Actions, RegistryToken

ISSUER = "pierhead"
ALGORITHM = "RS256"
MAXIMUM_TOKEN_LENGTH = 64 * 1024
MAXIMUM_LIFETIME_SECONDS = 3660
SKEW_SECONDS = 30

_ANONYMOUS_SUBJECT = "(anonymous)"
_CONTEXT_KINDS = {IdentityKind.ANONYMOUS: "anonymous", IdentityKind.OAUTH_TOKEN: "oauth"}
_ACTIONS = frozenset({"pull", "push", "*"})
_NAME = re.compile(r"(?:[A-Za-z0-9._-]+/)*[A-Za-z0-9._-]+", re.ASCII)
_MAXIMUM_NAME_LENGTH = 512


class TokenHeader(msgspec.Struct, frozen=True):
    """The JOSE header; other fields are ignored, none of them is acted upon."""

    alg: str
    kid: str


class Access(msgspec.Struct, frozen=True):
    """One entry of the `access` claim."""

    type: str
    name: str
    actions: list[str]


class Request(msgspec.Struct, frozen=True):
    """One entry of `context.requested`."""

    name: str
    actions: list[str]


class Context(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whom the token is for, and what was asked. `scopes` are those of the OAuth token that it was given for; it caps further questions too."""

    version: int
    entity_kind: IdentityKind
    entity_reference: str | None
    kind: str
    user: str | None
    requested: list[Request]
    scopes: str | None = None


class Claims(msgspec.Struct, frozen=True):
    """All claims."""

    iss: str
    aud: str
    nbf: int
    iat: int
    exp: int
    sub: str
    access: list[Access]
    context: Context


_header_decoder = msgspec.json.Decoder(TokenHeader)
_claims_decoder = msgspec.json.Decoder(Claims)


def parse_header(text: bytes) -> TokenHeader:
    """Raises InvalidToken for anything but a header with our algorithm."""
    try:
        header = _header_decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidToken from error
    if header.alg != ALGORITHM or len(header.kid) > 64:
        raise InvalidToken
    return header


def encode_claims(
    identity: Identity, granted: Mapping[str, Actions], requested: Mapping[str, Actions], *, service: str, now: int, seconds: int
) -> bytes:
    """The payload of a token that is valid from `now` (Unix seconds) on."""
    kind = _CONTEXT_KINDS.get(identity.kind, "user")
    asked = [Request(name, sorted(actions)) for name, actions in requested.items()]
    scopes = None if identity.scopes is None else format_scopes(identity.scopes)
    context = Context(2, identity.kind, identity.reference, kind, identity.name, asked, scopes)
    access = [_access(name, actions) for name, actions in granted.items()]
    claims = Claims(ISSUER, service, now, now, now + seconds, identity.name or _ANONYMOUS_SUBJECT, access, context)
    return msgspec.json.encode(claims)


def parse_claims(payload: bytes, *, service: str, now_seconds: float) -> RegistryToken:
    """The meaning of a payload whose signature is right. Raises InvalidToken."""
    try:
        claims = _claims_decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidToken from error
    if claims.iss != ISSUER or claims.aud != service:
        raise InvalidToken
    _check_times(claims, now_seconds)
    granted = {_granted_name(entry, service): _actions(entry.actions) for entry in claims.access}
    requested = {_plain_name(entry.name, service): _actions(entry.actions) for entry in claims.context.requested}
    context = claims.context
    anonymous = context.entity_kind is IdentityKind.ANONYMOUS
    name = None if anonymous else claims.sub
    identity = Identity(context.entity_kind, name, reference=context.entity_reference, scopes=_scopes(context))
    return RegistryToken(identity, granted, requested, claims.exp)


def _scopes(context: Context) -> Scopes | None:
    if context.entity_kind is not IdentityKind.OAUTH_TOKEN:
        return None
    try:
        return parse_scopes(context.scopes or "")
    except UnknownScope as error:
        raise InvalidToken from error


def _check_times(claims: Claims, now_seconds: float) -> None:
    if claims.exp - claims.iat > MAXIMUM_LIFETIME_SECONDS or claims.exp <= claims.iat:
        raise InvalidToken
    if claims.exp + SKEW_SECONDS <= now_seconds:
        raise InvalidToken("The token has expired.")
    if max(claims.iat, claims.nbf) - SKEW_SECONDS > now_seconds:
        raise InvalidToken("The token is not valid yet.")


def _access(name: str, actions: Actions) -> Access:
    if name == CATALOG:
        return Access("registry", "catalog", sorted(actions))
    return Access("repository", name, sorted(actions))


def _granted_name(entry: Access, service: str) -> str:
    if entry.type == "registry" and entry.name == "catalog":
        return CATALOG
    if entry.type != "repository":
        raise InvalidToken
    return _plain_name(entry.name, service)


def _plain_name(name: str, service: str) -> str:
    """Without the host that a client may put in front of a name (registry-protocol 3.1)."""
    if name == CATALOG:
        return CATALOG
    plain = name.removeprefix(service + "/") if service else name
    if len(plain) > _MAXIMUM_NAME_LENGTH or not _NAME.fullmatch(plain):
        raise InvalidToken
    return plain


def _actions(words: list[str]) -> Actions:
    actions = frozenset(words)
    if not actions <= _ACTIONS:
        raise InvalidToken
    return actions
