"""OpenID Connect issuers: where their parts are (discovery) and the keys that they sign with, fetched when needed and kept for a while."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import msgspec
import structlog
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from pierhead.access.model.errors import InvalidToken, IssuerFailed
from pierhead.access.model.identity_tokens import UnverifiedToken, parse_claims
from pierhead.platform.errors import Denied, RateLimited, Unavailable
from pierhead.platform.outbound.http import Answer

T = TypeVar("T")
PublicKey = RSAKey | ECKey

_KEPT = timedelta(hours=1)
_STALE = timedelta(days=1)  # an issuer that is down keeps its keys that long
_RETRY = timedelta(seconds=30)  # after a failure, and between looks for a key that nobody has seen
_CAPACITY = 256
_THREADS = 4
_WAITING = 64
_LARGEST_DOCUMENT = 256 * 1024
_MOST_KEYS = 100
_LONGEST_MODULUS = 1400  # base64 of 8192 bits: more would let an issuer keep our processor busy
_KEY_TYPES: dict[str, type[PublicKey]] = {"RS": RSAKey, "PS": RSAKey, "ES": ECKey}
_log = structlog.get_logger("pierhead.access")


class HttpCaller(Protocol):
    """`platform.outbound`, as far as it is needed here."""

    def request(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes | None = None) -> Answer: ...


class IssuerMetadata(msgspec.Struct, frozen=True):
    """What discovery tells (OpenID Connect Discovery, section 3)."""

    issuer: str
    jwks_uri: str
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] | None = None


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key of an issuer."""

    kid: str | None
    algorithm: str | None
    key: PublicKey


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer as it was at `fetched_at`."""

    metadata: IssuerMetadata
    keys: tuple[IssuerKey, ...]
    fetched_at: datetime


@dataclass(slots=True)
class _Entry:
    """What is known of an issuer: its last good answer, why the last call failed, and the call that is under way."""

    issuer: Issuer | None = None
    reason: str = ""
    tried_at: datetime | None = None
    flight: Future[Issuer] | None = None


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


_metadata_decoder = msgspec.json.Decoder(IssuerMetadata)
_keys_decoder = msgspec.json.Decoder(_KeySet)


class Issuers:
    """The issuers that one process knows: at most 256. Many who ask for one at once cause one call."""

    def __init__(self, http: HttpCaller, *, allow_http: bool) -> None:
        """`allow_http` takes issuers without TLS."""
        self._http = http
        self._allow_http = allow_http
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="issuer")
        self._waiting = threading.BoundedSemaphore(_WAITING)

    async def get(self, address: str, now: datetime) -> Issuer:
        """The issuer, fetched at most an hour ago. Raises IssuerFailed, and RateLimited when too many calls are under way."""
        return await self._fetch(address, now, unknown_key=False)

    async def verify(self, token: UnverifiedToken, now: datetime) -> dict[str, Any]:
        """The claims of a token that its issuer has signed; they are still to be checked. Raises InvalidToken, and as `get`."""
        issuer = await self._fetch(token.issuer, now, unknown_key=False)
        candidates = _find_candidates(issuer, token)
        if not candidates:
            # The issuer may have changed its keys since.
            candidates = _find_candidates(await self._fetch(token.issuer, now, unknown_key=True), token)
        for key in candidates:
            payload = _find_payload(token, key)
            if payload is not None:
                return parse_claims(payload)
        raise InvalidToken

    async def call(self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None = None) -> Answer:
        """Call an endpoint of an issuer; its answer, whatever the status. Raises IssuerFailed and RateLimited."""
        return await _join(self._submit(lambda: self._call(method, url, headers=headers, content=content)))

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    async def _fetch(self, address: str, now: datetime, *, unknown_key: bool) -> Issuer:
        with self._lock:
            entry = self._entries.pop(address, None) or _Entry()
            self._entries[address] = entry
            while len(self._entries) > _CAPACITY:
                del self._entries[next(iter(self._entries))]
            known = entry.issuer
            if known is not None and not unknown_key and now - known.fetched_at < _KEPT:
                return known
            if entry.flight is None:
                if entry.tried_at is not None and now - entry.tried_at < _RETRY:
                    if known is not None and now - known.fetched_at < _STALE:
                        return known
                    raise IssuerFailed(_host(address), entry.reason)
                entry.flight = self._submit(lambda: self._load(entry, address, now))
                entry.tried_at = now
            flight = entry.flight
        return await _join(flight)

    def _load(self, entry: _Entry, address: str, now: datetime) -> Issuer:
        found: Issuer | None = None
        reason = "the call did not end"
        try:
            found = self._discover(address, now)
        except IssuerFailed as error:
            reason = error.reason
            if entry.issuer is None or now - entry.issuer.fetched_at >= _STALE:
                raise
            _log.warning("an issuer's keys could not be renewed", issuer=address, reason=reason)
            return entry.issuer
        finally:
            with self._lock:
                entry.flight = None
                entry.reason = reason
                entry.issuer = entry.issuer if found is None else found
        return found

    def _discover(self, address: str, now: datetime) -> Issuer:
        body = self._get_document(f"{address.rstrip('/')}/.well-known/openid-configuration", self._require_safe(address))
        try:
            metadata = _metadata_decoder.decode(body)
            if metadata.issuer != address:
                raise IssuerFailed(_host(address), "it calls itself by another address")
            document = _keys_decoder.decode(self._get_document(metadata.jwks_uri, self._require_safe(metadata.jwks_uri)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise IssuerFailed(_host(address), "its answer is no discovery document or key set") from error
        keys = tuple(key for key in map(_find_key, document.keys[:_MOST_KEYS]) if key is not None)
        return Issuer(metadata, keys, now)

    def _get_document(self, url: str, host: str) -> bytes:
        answer = self._call("GET", url, headers={"accept": "application/json"})
        if answer.status != 200 or len(answer.body) > _LARGEST_DOCUMENT:
            raise IssuerFailed(host, f"it answered {answer.status} with {len(answer.body)} bytes")
        return answer.body

    def _call(self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None = None) -> Answer:
        host = self._require_safe(url)
        try:
            return self._http.request(method, url, headers=headers, content=content)
        except (Denied, Unavailable) as error:
            raise IssuerFailed(host, error.message) from error

    def _require_safe(self, url: str) -> str:
        """The host of an address that may be called. Raises IssuerFailed."""
        host = _host(url)
        if not url.startswith("https://") and not (self._allow_http and url.startswith("http://")):
            raise IssuerFailed(host, "its address does not begin with https://")
        return host

    def _submit(self, function: Callable[[], T]) -> Future[T]:
        if not self._waiting.acquire(blocking=False):
            raise RateLimited("Too many people are signing in. Please try again.", retry_after_seconds=2)
        future = self._threads.submit(function)
        future.add_done_callback(lambda _: self._waiting.release())
        return future


async def _join(future: Future[T]) -> T:
    """Wait for a call that others may wait for too: whoever gives up does not end it."""
    return await asyncio.shield(asyncio.wrap_future(future))


def _find_key(document: dict[str, Any]) -> IssuerKey | None:
    """A key that signs; None for keys of other uses, of unknown kinds, and for those that are broken."""
    modulus, kid, algorithm = document.get("n", ""), document.get("kid"), document.get("alg")
    if document.get("use", "sig") != "sig" or not isinstance(modulus, str) or len(modulus) > _LONGEST_MODULUS:
        return None
    # Certificates and private parts are of no use here.
    plain: dict[str, Any] = {name: document[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in document}
    try:
        key = JWKRegistry.import_key(plain)
        if not isinstance(key, PublicKey):
            return None
        _ = key.public_key
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return IssuerKey(kid if isinstance(kid, str) else None, algorithm if isinstance(algorithm, str) else None, key)


def _find_candidates(issuer: Issuer, token: UnverifiedToken) -> list[PublicKey]:
    """The keys that may have signed the token: those it names, or every one that fits when it names none."""
    kind = _KEY_TYPES[token.algorithm[:2]]
    return [
        known.key
        for known in issuer.keys
        if isinstance(known.key, kind) and known.algorithm in (None, token.algorithm) and (token.kid is None or known.kid == token.kid)
    ]


def _find_payload(token: UnverifiedToken, key: PublicKey) -> bytes | None:
    try:
        return jws.deserialize_compact(token.text, key, algorithms=[token.algorithm]).payload
    except (JoseError, ValueError):
        return None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"
