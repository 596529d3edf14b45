"""Sign-in at an OpenID Connect provider: authorization code with PKCE, state and nonce (OpenID Connect Core, section 3.1)."""

import base64
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from pierhead.access.backends.base import Departure, OidcOptions
from pierhead.access.issuers import Issuer, Issuers
from pierhead.access.model.errors import InvalidToken
from pierhead.access.model.external import ExternalUser, FirstSignIn, LinkRule, SignInFailed
from pierhead.access.model.identity_tokens import LEEWAY_SECONDS, check_claims, parse_claims, read_unverified

_FORM = "application/x-www-form-urlencoded"
_LARGEST_ANSWER = 256 * 1024
_LONGEST_CODE = 4096
_MOST_GROUPS = 5000


class OidcProvider:
    """One configured provider."""

    def __init__(self, service: str, options: OidcOptions, issuers: Issuers) -> None:
        self.service = service
        self.title = options.title or service
        self.client_id = options.client_id
        self.issuer = options.issuer
        self.knows_groups = options.groups_claim is not None
        self.first_sign_in = FirstSignIn(LinkRule(options.link_existing), options.create_users)
        self._options = options
        self._issuers = issuers

    async def depart(self, redirect_uri: str, now: datetime) -> Departure:
        """Begin a sign-in. Raises IssuerFailed."""
        endpoint = _require((await self._issuers.get(self.issuer, now)).metadata.authorization_endpoint)
        state, nonce, verifier = generate_token(43), generate_token(43), generate_token(64)
        url: str = prepare_grant_uri(
            endpoint,
            self.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=self._options.scopes,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return Departure(url, state, nonce, verifier)

    async def arrive(self, code: str, departure: Departure, redirect_uri: str, now: datetime) -> ExternalUser:
        """Whoever came back with this code. Raises SignInFailed and IssuerFailed."""
        if len(code) > _LONGEST_CODE:
            raise SignInFailed
        issuer = await self._issuers.get(self.issuer, now)
        granted = await self._exchange(issuer, code, departure, redirect_uri)
        access_token, text = granted.get("access_token"), granted.get("id_token")
        if not isinstance(text, str) or not isinstance(access_token, str):
            raise SignInFailed("The identity provider did not say who you are.")
        claims = await self._read_id_token(text, access_token, departure.nonce, now)
        return self._make_user(await self._complete(issuer, claims, access_token))

    async def identify_bearer(self, token: str, now: datetime) -> ExternalUser:
        """Whoever a token of this provider is about. Raises InvalidToken, for clients that are not listed too, and IssuerFailed."""
        unverified = read_unverified(token)
        if unverified.issuer != self.issuer:
            raise InvalidToken
        claims = await self._issuers.verify(unverified, now)
        check_claims(claims, issuer=self.issuer, audiences=(self.client_id,), now_seconds=now.timestamp())
        if claims.get("azp") not in self._options.bearer_clients:
            raise InvalidToken
        return self._make_user(claims)

    async def _exchange(self, issuer: Issuer, code: str, departure: Departure, redirect_uri: str) -> dict[str, Any]:
        endpoint = _require(issuer.metadata.token_endpoint)
        methods = issuer.metadata.token_endpoint_auth_methods_supported or ["client_secret_basic"]
        headers, form = self._authenticate_client(methods)
        body: str = prepare_token_request("authorization_code", "", redirect_uri, code=code, code_verifier=departure.verifier, **form)
        answer = await self._issuers.call("POST", endpoint, headers=headers, content=body.encode())
        if answer.status != 200 or len(answer.body) > _LARGEST_ANSWER:
            raise SignInFailed("The identity provider did not accept the sign-in. Please try again.")
        return _parse(answer.body)

    def _authenticate_client(self, methods: Collection[str]) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and form fields by which the provider knows us (RFC 6749, section 2.3.1)."""
        headers = {"content-type": _FORM, "accept": "application/json"}
        secret = self._options.client_secret
        if secret is None:
            return headers, {"client_id": self.client_id}
        if "client_secret_basic" not in methods and "client_secret_post" in methods:
            return headers, {"client_id": self.client_id, "client_secret": secret}
        pair = f"{quote_plus(self.client_id)}:{quote_plus(secret)}".encode()
        return {**headers, "authorization": f"Basic {base64.b64encode(pair).decode()}"}, {}

    async def _read_id_token(self, text: str, access_token: str, nonce: str, now: datetime) -> dict[str, Any]:
        try:
            token = read_unverified(text)
            if token.issuer != self.issuer:
                raise InvalidToken
            claims = await self._issuers.verify(token, now)
            check_claims(claims, issuer=self.issuer, audiences=(self.client_id,), now_seconds=now.timestamp())
            expected = {"nonce": nonce, "client_id": self.client_id, "access_token": access_token}
            CodeIDToken(claims, {"alg": token.algorithm}, params=expected).validate(int(now.timestamp()), LEEWAY_SECONDS)
        except (InvalidToken, JoseError) as error:
            raise SignInFailed("The identity provider's answer cannot be trusted. Please try again.") from error
        return claims

    async def _complete(self, issuer: Issuer, claims: dict[str, Any], access_token: str) -> dict[str, Any]:
        """Many providers keep the ID token short and tell the rest when they are asked."""
        wanted = {self._options.username_claim, self._options.email_claim, self._options.groups_claim} - {None}
        endpoint = issuer.metadata.userinfo_endpoint
        if endpoint is None or wanted <= claims.keys():
            return claims
        answer = await self._issuers.call(
            "GET", endpoint, headers={"authorization": f"Bearer {access_token}", "accept": "application/json"}
        )
        if answer.status != 200 or len(answer.body) > _LARGEST_ANSWER:
            return claims
        told = _parse(answer.body)
        # Section 5.3.2: without the same subject the answer may be about somebody else.
        return {**told, **claims} if told.get("sub") == claims["sub"] else claims

    def _make_user(self, claims: Mapping[str, Any]) -> ExternalUser:
        options = self._options
        groups = _read_groups(claims.get(options.groups_claim)) if options.groups_claim else None
        return ExternalUser(
            self.service,
            claims["sub"],
            _read_text(claims.get(options.username_claim)),
            _read_text(claims.get(options.email_claim)),
            claims.get("email_verified") is True and options.email_claim == "email",
            groups,
            None if options.superuser_group is None or groups is None else options.superuser_group in groups,
        )


def create(service: str, options: OidcOptions, issuers: Issuers) -> OidcProvider:
    """The provider of that name."""
    return OidcProvider(service, options, issuers)


def _require(endpoint: str | None) -> str:
    if endpoint is None:
        raise SignInFailed("The identity provider lets nobody sign in by the web.")
    return endpoint


def _parse(body: bytes) -> dict[str, Any]:
    try:
        return parse_claims(body)
    except InvalidToken as error:
        raise SignInFailed("The identity provider's answer cannot be read.") from error


def _read_groups(value: object) -> frozenset[str]:
    """A list of names, or one name; whatever else is said is no group."""
    words = value if isinstance(value, list) else [value]
    return frozenset(word for word in words[:_MOST_GROUPS] if isinstance(word, str))


def _read_text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
