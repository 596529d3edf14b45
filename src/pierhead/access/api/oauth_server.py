"""The OAuth 2 server, outside `/api/v1`: `/oauth/authorize` and what follows from it (api-v1/accounts, section 8.3)."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote_plus, urlencode

from fastapi import Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from pierhead.access import authorize_application
from pierhead.access.api import oauth_documents, oauth_pages
from pierhead.access.api.dependencies import Address, ApiCaller, GuardedCaller, Services, find_csrf_token, identify_caller, parse_basic
from pierhead.access.api.forms import read_form
from pierhead.access.api.oauth_views import view_consent
from pierhead.access.api.routing import ApiRouter
from pierhead.access.authenticate import authenticate_basic
from pierhead.access.authorize_application import (
    RESPONSE_TYPES,
    AuthorizationRequest,
    Exchange,
    ExchangeRefused,
    RedirectMismatch,
    is_right_challenge,
)
from pierhead.access.model.errors import CsrfInvalid, FeatureDisabled, InvalidToken, SignInRequired
from pierhead.access.model.identity import Identity
from pierhead.access.model.oauth import LOCAL_PAGE, TOKEN_SECONDS
from pierhead.access.powers import empower
from pierhead.access.services import AccessServices
from pierhead.platform.errors import Invalid

outside_router = ApiRouter()
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache", "Referrer-Policy": "no-referrer"}
_NEEDED = ("client_id", "redirect_uri", "scope")
_PASSED_ON = (*_NEEDED, "response_type", "state", "assignment_uuid", "code_challenge", "code_challenge_method")


class FieldMissing(Invalid):
    """A request of the OAuth server without a field that it needs."""


async def identify_person(request: Request, services: Services, address: Address) -> ApiCaller:
    """Who consents: a session, or user name and password over Basic. Raises SignInRequired, and what `authenticate_basic` raises."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        username, password = parse_basic(value)
        identity = await authenticate_basic(services, username, password, address=address)
        return ApiCaller(empower(identity, services.options), has_token=True)
    if scheme:
        raise InvalidToken
    caller = await identify_caller(request, services)
    if caller.identity.is_anonymous:
        raise SignInRequired
    return caller


Person = Annotated[ApiCaller, Depends(identify_person)]


async def guard_person(request: Request, person: Person, services: Services) -> Identity:
    """As `identify_person`. Raises CsrfInvalid too: browsers send Basic by themselves, so only chosen applications need no token with it."""
    token = await find_csrf_token(request)
    if person.session is not None and token is not None and person.session.accepts(token):
        return person.identity
    form = await read_form(request)
    if person.has_token and form.get("client_id") in services.options.direct_oauth_clients:
        return person.identity
    raise CsrfInvalid


GuardedPerson = Annotated[Identity, Depends(guard_person)]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the server, parsed; `state` is the application's own."""

    request: AuthorizationRequest
    state: str | None
    has_right_challenge: bool

    def send_back(self, parameters: Mapping[str, str], *, fragment: str = "") -> RedirectResponse:
        """To the application, with its state."""
        own = {} if self.state is None else {"state": self.state}
        return _redirect(self.request.redirect_uri, {**parameters, **own}, fragment)


@outside_router.get("/oauth/authorize", response_model=None, **oauth_documents.AUTHORIZE)
async def authorize(request: Request, person: Person, services: Services, address: Address) -> Response:
    """Ask the user for the consent, or go back to the application at once when it was given before."""
    fields = dict(request.query_params)
    asked = _parse(request, fields, default_type="code")
    try:
        consent = await services.database.read(authorize_application.prepare_consent, person.identity, asked.request)
    except RedirectMismatch as error:
        return _refuse_redirect(error)
    if (problem := _find_problem(asked)) is not None:
        return asked.send_back({"error": problem})
    if consent.is_given:
        return await _give(services, person.identity, asked, address)
    csrf_token = "" if person.session is None else person.session.csrf_token
    if fields.get("format") == "json":
        passed = {"response_type", "client_id", "redirect_uri", "scope", "state", "assignment_uuid"}
        shown = {**view_consent(consent.application, consent.scopes), **{name: fields.get(name) for name in passed}}
        return JSONResponse({**shown, "response_type": asked.request.response_type, "csrf_token_val": csrf_token}, headers=_NO_STORE)
    passed_on = {name: fields[name] for name in _PASSED_ON if name in fields}
    return oauth_pages.show_consent(consent, {**passed_on, "response_type": asked.request.response_type, "_csrf_token": csrf_token})


@outside_router.post("/oauth/authorizeapp", response_model=None, **oauth_documents.CONSENT)
async def give_consent(request: Request, identity: GuardedPerson, services: Services, address: Address) -> Response:
    """The user consents: the application gets a token in the fragment, or a code in the query."""
    asked = _parse(request, await read_form(request), default_type="token")
    try:
        if (problem := _find_problem(asked)) is not None:
            await services.database.read(authorize_application.prepare_consent, identity, asked.request)
            return asked.send_back({"error": problem})
        return await _give(services, identity, asked, address)
    except RedirectMismatch as error:
        return _refuse_redirect(error)


@outside_router.post("/oauth/denyapp", response_model=None, **oauth_documents.CONSENT)
async def deny(request: Request, _identity: GuardedPerson, services: Services) -> Response:
    """The user does not consent."""
    asked = _parse(request, await read_form(request), default_type="token")
    try:
        await services.database.read(authorize_application.check_redirect, asked.request)
    except RedirectMismatch as error:
        return _refuse_redirect(error)
    return asked.send_back({"error": "authorization_denied"})


@outside_router.post("/oauth/authorize/assignuser", response_model=None, **oauth_documents.ASSIGN)
async def assign(request: Request, caller: GuardedCaller, services: Services, address: Address) -> Response:
    """An admin lets another user get a token of the application."""
    if not services.options.assign_oauth_tokens:
        raise FeatureDisabled
    if caller.identity.is_anonymous:
        raise SignInRequired
    fields = dict(request.query_params)
    asked = _parse(request, fields, default_type="code")
    if asked.request.response_type not in RESPONSE_TYPES:
        raise FieldMissing("response_type must be code or token.")
    try:
        await services.database.write(
            authorize_application.assign_token, caller.identity, asked.request, fields.get("username", ""), address=address
        )
    except RedirectMismatch as error:
        return _refuse_redirect(error)
    text = "Token assigned successfully"
    return JSONResponse({"message": text}) if fields.get("format") == "json" else oauth_pages.show_message(text)


@outside_router.post("/oauth/access_token", response_model=None, **oauth_documents.EXCHANGE)
async def exchange(request: Request, services: Services, address: Address) -> Response:
    """A code for a token (RFC 6749, section 4.1.3; with PKCE, RFC 7636). There are no refresh tokens."""
    fields = {**request.query_params, **await read_form(request)}
    client = _read_client(request)
    if client is not None:
        fields["client_id"], fields["client_secret"] = client
    if fields.get("grant_type") != "authorization_code":
        return _refuse_exchange("unsupported_grant_type" if fields.get("grant_type") else "invalid_request")
    if any(not fields.get(name) for name in ("client_id", "client_secret", "redirect_uri", "code")):
        return _refuse_exchange("invalid_request")
    shown = Exchange(
        fields["client_id"],
        fields["client_secret"],
        fields["redirect_uri"],
        fields["code"],
        fields.get("scope"),
        fields.get("code_verifier"),
    )
    try:
        token = await services.database.write(authorize_application.exchange_code, shown, secret_box=services.secret_box, address=address)
    except ExchangeRefused as error:
        return _refuse_exchange(error.reason)
    answer = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "refresh_token": None}
    return JSONResponse(answer, headers=_NO_STORE)


@outside_router.get(LOCAL_PAGE, response_model=None, **oauth_documents.LOCAL_PAGE_ANSWERS)
async def show_local_page(request: Request) -> Response:
    """Where a token is sent to that a person copies: the built-in application."""
    if "scope" not in request.query_params:
        return oauth_pages.show_message("Authorization canceled")
    if request.query_params.get("format") == "json":
        return JSONResponse({"access_token": request.query_params.get("access_token")}, headers=_NO_STORE)
    return oauth_pages.show_token()


@outside_router.get(oauth_pages.SCRIPT_PATH, response_model=None, include_in_schema=False)
async def send_script() -> Response:
    """The script of that page."""
    return oauth_pages.send_script()


async def _give(services: AccessServices, identity: Identity, asked: Asked, address: str | None) -> RedirectResponse:
    if asked.request.response_type == "code":
        code = await services.database.write(authorize_application.issue_code, identity, asked.request)
        return asked.send_back({"code": code})
    token = await services.database.write(authorize_application.issue_token, identity, asked.request, address=address)
    fragment = urlencode({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})
    return asked.send_back({"scope": asked.request.scope}, fragment=fragment)


def _parse(request: Request, fields: Mapping[str, str], *, default_type: str) -> Asked:
    """Raises FieldMissing."""
    for name in _NEEDED:
        if not fields.get(name):
            raise FieldMissing(f"{name} is missing.")
    challenge = fields.get("code_challenge") or None
    wanted = AuthorizationRequest(
        fields["client_id"],
        fields["redirect_uri"],
        fields["scope"],
        _list_local_pages(request),
        fields.get("response_type") or default_type,
        fields.get("assignment_uuid") or None,
        challenge,
    )
    return Asked(wanted, fields.get("state") or None, is_right_challenge(challenge, fields.get("code_challenge_method")))


def _find_problem(asked: Asked) -> str | None:
    """What the application has done wrong, as RFC 6749 calls it."""
    if asked.request.response_type not in RESPONSE_TYPES:
        return "unsupported_response_type"
    return None if asked.has_right_challenge else "invalid_request"


def _list_local_pages(request: Request) -> tuple[str, ...]:
    """Our own page, as the client reaches it and under the public address."""
    public_url: str | None = getattr(request.app.state, "public_url", None)
    bases = (str(request.base_url).rstrip("/"), *((public_url,) if public_url else ()))
    return tuple(base + LOCAL_PAGE for base in bases)


def _refuse_redirect(error: RedirectMismatch) -> Response:
    """Never to the address that was asked for."""
    if not error.registered:
        raise error
    return _redirect(error.registered, {"error": "redirect_uri_mismatch"})


def _redirect(address: str, parameters: Mapping[str, str], fragment: str = "") -> RedirectResponse:
    location = address + ("&" if "?" in address else "?") + urlencode(parameters) + (f"#{fragment}" if fragment else "")
    return RedirectResponse(location, status_code=302, headers=_NO_STORE)


def _read_client(request: Request) -> tuple[str, str] | None:
    """Client id and secret from Basic, which are encoded as in forms (RFC 6749, section 2.3.1)."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return unquote_plus(client_id), unquote_plus(secret)


def _refuse_exchange(reason: str) -> Response:
    return JSONResponse({"error": reason}, status_code=400, headers=_NO_STORE)
