"""A small OpenID Connect provider of the tests' own: real HTTP, discovery, keys, authorization codes with PKCE; it misbehaves when told to."""

import hmac
import json
import secrets
import threading
from base64 import b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jws
from joserfc.jwk import RSAKey

CLIENT_ID = "pierhead-client"
CLIENT_SECRET = "pierhead-client-secret+/%"
DISCOVERY = "/.well-known/openid-configuration"
KEYS = "/keys"


def _make_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(8)})


@dataclass
class OidcProvider:
    """A running provider. Everybody who is sent to it is signed in at once, as the person in `person`."""

    issuer: str
    now_seconds: Callable[[], float]
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "248289761001", "preferred_username": "ada", "email": "ada@example.com"})
    metadata: dict[str, Any] = field(default_factory=dict)
    id_token_changes: dict[str, Any] = field(default_factory=dict)  # claims that are said wrongly; None leaves one out
    refusal: str | None = None  # the error that the authorization endpoint answers with
    is_down: bool = False
    asked: Counter[str] = field(default_factory=Counter)
    key: RSAKey = field(default_factory=_make_key)
    old_keys: list[RSAKey] = field(default_factory=list)
    signing_key: RSAKey | None = None  # a key that is not in the key set
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _tokens: set[str] = field(default_factory=set)

    def rotate_key(self, *, keep_old: bool = False) -> None:
        """Sign with a new key from now on."""
        self.old_keys = [self.key] if keep_old else []
        self.key = _make_key()

    def sign(self, claims: dict[str, Any], *, key: RSAKey | None = None, **header: Any) -> str:
        """A token with these claims, signed by RS256 unless the header says otherwise."""
        used = key or self.signing_key or self.key
        complete = {"alg": "RS256", "kid": used.kid, **header}
        kept = {name: value for name, value in complete.items() if value is not None}
        return jws.serialize_compact(kept, json.dumps(claims).encode(), used, algorithms=[complete["alg"]])

    def make_token(self, subject: str, audience: str | list[str], **changes: Any) -> str:
        """What a CI system hands to its jobs: valid for five minutes; a change of None leaves the claim out."""
        return self.sign(self.claims(subject, audience, **changes))

    def make_unsigned(self, claims: dict[str, Any]) -> str:
        """A token that says that it needs no signature."""
        return f"{_encode({'alg': 'none'})}.{_encode(claims)}.AA"

    def make_confused(self, claims: dict[str, Any]) -> str:
        """A token signed by HMAC with the public key as the secret, which every reader of the key set can make."""
        # By hand: the library refuses such a secret.
        signed = f"{_encode({'alg': 'HS256', 'kid': self.key.kid})}.{_encode(claims)}"
        mac = hmac.digest(self.key.as_pem(private=False), signed.encode(), "sha256")
        return f"{signed}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    def claims(self, subject: str, audience: str | list[str], **changes: Any) -> dict[str, Any]:
        """The claims of `make_token`."""
        now = int(self.now_seconds())
        claims = {"iss": self.issuer, "sub": subject, "aud": audience, "iat": now, "nbf": now, "exp": now + 300, **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def answer(self, method: str, path: str, headers: Any, body: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        parts = urlsplit(path)
        self.asked[parts.path] += 1
        if self.is_down:
            return 503, {}, b"down"
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        form = {name: values[0] for name, values in parse_qs(body).items()}
        match (method, parts.path):
            case ("GET", "/.well-known/openid-configuration"):
                return _json(200, self._discovery())
            case ("GET", "/keys"):
                return _json(200, {"keys": [key.as_dict(private=False, use="sig") for key in (self.key, *self.old_keys)]})
            case ("GET", "/authorize"):
                return self._authorize(query)
            case ("POST", "/token"):
                return self._exchange(form, headers.get("Authorization", ""))
            case ("GET", "/userinfo"):
                known = headers.get("Authorization", "").removeprefix("Bearer ") in self._tokens
                return _json(200, self.person) if known else _json(401, {"error": "invalid_token"})
        return 404, {}, b""

    def _discovery(self) -> dict[str, Any]:
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}{KEYS}",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            **self.metadata,
        }
        return {name: value for name, value in found.items() if value is not None}

    def _authorize(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        answer = {"state": query.get("state", "")}
        if self.refusal is not None:
            answer |= {"error": self.refusal, "error_description": "The person said no."}
        elif query.get("client_id") != CLIENT_ID or query.get("code_challenge_method") != "S256" or "nonce" not in query:
            answer["error"] = "invalid_request"
        else:
            code = secrets.token_urlsafe()
            self._codes[code] = query
            answer["code"] = code
        return 302, {"Location": f"{query['redirect_uri']}?{urlencode(answer)}"}, b""

    def _exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, str], bytes]:
        if not _is_client(form, authorization):
            return _json(401, {"error": "invalid_client"})
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return _json(400, {"error": "invalid_grant"})
        if create_s256_code_challenge(form.get("code_verifier", "")) != asked["code_challenge"]:
            return _json(400, {"error": "invalid_grant", "error_description": "PKCE"})
        token = secrets.token_urlsafe()
        self._tokens.add(token)
        subject, rest = self.person["sub"], {name: value for name, value in self.person.items() if name != "sub"}
        id_token = self.sign(self.claims(subject, CLIENT_ID, **{**rest, "nonce": asked["nonce"], **self.id_token_changes}))
        return _json(200, {"access_token": token, "token_type": "Bearer", "expires_in": 300, "id_token": id_token})


@contextmanager
def running_provider(now_seconds: Callable[[], float]) -> Iterator[OidcProvider]:
    """A provider on 127.0.0.1, without TLS."""

    class Handler(_Handler):
        """A class of this server's own, since the base class makes an object for every connection."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider = Handler.provider = OidcProvider(f"http://127.0.0.1:{server.server_port}", now_seconds)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    provider: OidcProvider

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        status, headers, content = self.provider.answer(self.command, self.path, self.headers, body)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _answer  # noqa: N815  # names that the base class looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Stay quiet."""


def _is_client(form: dict[str, str], authorization: str) -> bool:
    if authorization:
        name, _, secret = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        # RFC 6749, section 2.3.1: both are form-encoded first.
        decoded = parse_qs(f"name={name}&secret={secret}")
        return decoded["name"] == [CLIENT_ID] and decoded["secret"] == [CLIENT_SECRET]
    return form.get("client_id") == CLIENT_ID and form.get("client_secret") == CLIENT_SECRET


def _json(status: int, value: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()


def _encode(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
