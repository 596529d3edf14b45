"""Sign and verify `/v2` bearer tokens (registry-protocol 3.3) with keys that all processes share through the database."""

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.util import urlsafe_b64decode

from pierhead.access.model.errors import InvalidToken
from pierhead.access.model.identity import Identity
from pierhead.access.model.registry_claims import (
    ALGORITHM,
    ISSUER,
    MAXIMUM_TOKEN_LENGTH,
    SKEW_SECONDS,
    encode_claims,
    parse_claims,
    parse_header,
)
from pierhead.access.model.tokens import Actions, RegistryToken
from pierhead.access.store import service_keys
from pierhead.access.store.service_keys import StoredKey
from pierhead.platform.database import Database, UnitOfWork
from pierhead.platform.errors import Unavailable
from pierhead.platform.secrets import SecretBox

_PURPOSE = "service-key"
_KEY_BITS = 2048
_CACHED_TOKENS = 4096
_CACHED_LENGTH = 8 * 1024  # longer tokens are verified each time, so that the cache stays below 64 MiB even when full of the largest
_CACHED_KEYS = 64


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token as it is handed out."""

    token: str
    expires_in: int
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A verifying key as `/keys/services` shows it; `jwk` is JSON text."""

    kid: str
    jwk: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _SigningKey:
    kid: str
    key: RSAKey
    renew_at: datetime


@dataclass(frozen=True, slots=True)
class _VerifyingKey:
    key: RSAKey
    expires_at_seconds: float


class TokenSigner:
    """The keys and the cache of one process. Its methods are called in the event loop's thread only."""

    def __init__(self, database: Database, secret_box: SecretBox, *, token_seconds: int, key_seconds: int) -> None:
        self._database = database
        self._secrets = secret_box
        self._token_seconds = token_seconds
        self._key_seconds = key_seconds
        self._signing: _SigningKey | None = None
        self._renewal = asyncio.Lock()
        self._keys: dict[str, _VerifyingKey] = {}
        self._verified: dict[str, tuple[float, str, RegistryToken]] = {}

    async def sign(
        self, identity: Identity, requested: Mapping[str, Actions], granted: Mapping[str, Actions], *, service: str, now: datetime
    ) -> SignedToken:
        """A token for `service` (the audience, our host name). Names in `granted` are echoed as they are, with the host if it was asked so."""
        key = await self._signing_key(now)
        issued = now.replace(microsecond=0)
        payload = encode_claims(identity, granted, requested, service=service, now=int(issued.timestamp()), seconds=self._token_seconds)
        token = _sign(payload, key)
        if len(token) > MAXIMUM_TOKEN_LENGTH:
            raise InvalidToken("The token would be too large. Please ask for fewer scopes.")
        return SignedToken(token, self._token_seconds, issued)

    def find_cached(self, token: str, *, service: str, now_seconds: float) -> RegistryToken | None:
        """The meaning of a token that was verified before and still holds; None says: ask `verify`."""
        entry = self._verified.get(token)
        if entry is None or entry[0] <= now_seconds or entry[1] != service:
            return None
        return entry[2]

    async def verify(self, token: str, *, service: str, now_seconds: float) -> RegistryToken:
        """The meaning of a token. Raises InvalidToken for everything that we did not sign for `service`, or that is over."""
        cached = self.find_cached(token, service=service, now_seconds=now_seconds)
        if cached is not None:
            return cached
        kid = _read_kid(token)
        key = await self._verifying_key(kid, now_seconds)
        verified = parse_claims(_check_signature(token, key), service=service, now_seconds=now_seconds)
        self._remember(token, service, verified)
        return verified

    async def sign_payload(self, payload: bytes, now: datetime) -> str:
        """Sign claims of another kind with the same keys; whoever makes them sees to it that they cannot be taken for a `/v2` token."""
        return _sign(payload, await self._signing_key(now))

    async def verify_payload(self, token: str, now_seconds: float) -> bytes:
        """The claims of a token that we signed, unchecked. Raises InvalidToken."""
        return _check_signature(token, await self._verifying_key(_read_kid(token), now_seconds))

    async def list_public_keys(self) -> list[PublicKey]:
        """Every key that may verify a token now, newest first."""
        keys = await self._database.read(_list_living)
        return [PublicKey(key.kid, key.public_jwk, key.created_at, key.expires_at) for key in keys]

    def _remember(self, token: str, service: str, verified: RegistryToken) -> None:
        if len(token) > _CACHED_LENGTH:
            return
        if len(self._verified) >= _CACHED_TOKENS:
            # The oldest entry goes: all tokens live equally long, so it is also the one that expires first.
            del self._verified[next(iter(self._verified))]
        self._verified[token] = (verified.expires_at_seconds + SKEW_SECONDS, service, verified)

    async def _signing_key(self, now: datetime) -> _SigningKey:
        key = self._signing
        if key is not None and now < key.renew_at:
            return key
        async with self._renewal:
            if self._signing is not None and now < self._signing.renew_at:
                return self._signing
            stored = await self._database.read(_find_newest)
            if stored is None or stored.renew_at <= now:
                candidate = await asyncio.to_thread(self._make_key, now)
                try:
                    stored = await self._database.write(_renew_key, candidate)
                except Unavailable:
                    if self._signing is None:
                        raise
                    # A full disk must not stop the pulls; the key that is there still verifies for a while.
                    return self._signing
            private = RSAKey.import_key(json.loads(self._open(stored)))
            self._signing = _SigningKey(stored.kid, private, stored.renew_at)
            return self._signing

    def _open(self, stored: StoredKey) -> bytes:
        return self._secrets.open(stored.private_sealed, purpose=_PURPOSE)

    def _make_key(self, now: datetime) -> StoredKey:
        key = RSAKey.generate_key(_KEY_BITS)
        half = timedelta(seconds=self._key_seconds / 2)
        last_token_ends = half + timedelta(seconds=self._token_seconds + SKEW_SECONDS)
        expires_at = now + max(timedelta(seconds=self._key_seconds), last_token_ends)
        return StoredKey(
            kid=secrets.token_hex(16),
            service=ISSUER,
            public_jwk=_to_json(key, private=False),
            private_sealed=self._secrets.seal(_to_json(key, private=True).encode(), purpose=_PURPOSE),
            created_at=now,
            renew_at=now + half,
            expires_at=expires_at,
        )

    async def _verifying_key(self, kid: str, now_seconds: float) -> _VerifyingKey:
        known = self._keys.get(kid)
        if known is None:
            stored = await self._database.read(_find_by_kid, kid)
            if stored is None:
                raise InvalidToken
            known = _VerifyingKey(RSAKey.import_key(json.loads(stored.public_jwk)), stored.expires_at.timestamp())
            if len(self._keys) >= _CACHED_KEYS:
                del self._keys[next(iter(self._keys))]
            self._keys[kid] = known
        if known.expires_at_seconds <= now_seconds:
            raise InvalidToken
        return known


def _find_newest(work: UnitOfWork) -> StoredKey | None:
    return service_keys.find_newest(work.connection, ISSUER)


def _find_by_kid(work: UnitOfWork, kid: str) -> StoredKey | None:
    return service_keys.find_by_kid(work.connection, ISSUER, kid)


def _list_living(work: UnitOfWork) -> list[StoredKey]:
    return service_keys.list_living(work.connection, ISSUER, work.now)


def _renew_key(work: UnitOfWork, candidate: StoredKey) -> StoredKey:
    """Add the candidate, unless another process was first; the key that all sign with from now on."""
    newest = service_keys.find_newest(work.connection, ISSUER)
    if newest is not None and newest.renew_at > work.now:
        return newest
    service_keys.add(work.connection, candidate)
    service_keys.delete_expired(work.connection, work.now)
    return service_keys.find_newest(work.connection, ISSUER) or candidate


def _to_json(key: RSAKey, *, private: bool) -> str:
    return json.dumps(key.as_dict(private=private), separators=(",", ":"))


def _read_kid(token: str) -> str:
    if len(token) > MAXIMUM_TOKEN_LENGTH or not token.isascii() or token.count(".") != 2:
        raise InvalidToken
    try:
        header = urlsafe_b64decode(token.partition(".")[0].encode())
    except ValueError as error:
        raise InvalidToken from error
    return parse_header(header).kid


def _sign(payload: bytes, key: _SigningKey) -> str:
    return jws.serialize_compact({"alg": ALGORITHM, "typ": "JWT", "kid": key.kid}, payload, key.key, algorithms=[ALGORITHM])


def _check_signature(token: str, key: _VerifyingKey) -> bytes:
    try:
        return jws.deserialize_compact(token, key.key, algorithms=[ALGORITHM]).payload
    except (JoseError, ValueError) as error:
        raise InvalidToken from error
