"""Let an OAuth application act as the user: the consent, and what the application gets for it (api-v1/accounts, section 8.3)."""

import hmac
import uuid
from dataclasses import dataclass
from datetime import timedelta

from pierhead.access.manage_oauth_applications import find_application, reveal_client_secret
from pierhead.access.manage_oauth_tokens import mint_token
from pierhead.access.model.errors import NotAllowed
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.oauth import (
    CODE_SECONDS,
    OAuthApplication,
    OAuthApplicationNotFound,
    ScopeNotFound,
    StoredCode,
    digest_secret,
    is_allowed_redirect,
    is_challenge,
    make_secret,
    meets_challenge,
)
from pierhead.access.model.oauth_scopes import Scopes, UnknownScope, format_scopes, parse_scopes
from pierhead.access.model.roles import NamespaceRole
from pierhead.access.namespace_role import find_namespace_role
from pierhead.access.store import oauth_assignments, oauth_tokens
from pierhead.accounts.model.names import is_storable
from pierhead.accounts.users import get_account, get_namespace, get_user
from pierhead.audit.model import LogKind
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import Invalid
from pierhead.platform.secrets import SecretBox

RESPONSE_TYPES = ("code", "token")
_MOST_ASSIGNMENTS = 100


class RedirectMismatch(Invalid):
    """The address that the token was to be sent to is not the application's. `registered` is, and may be empty."""

    message = "redirect_uri does not match the one that the application has registered."

    def __init__(self, registered: str) -> None:
        self.registered = registered
        super().__init__()


class ExchangeRefused(Invalid):
    """A code cannot be exchanged; `reason` is a word of RFC 6749, section 5.2."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What an application asks for. `local_pages` are the addresses of our own page, where any application may send its token."""

    client_id: str
    redirect_uri: str
    scope: str
    local_pages: tuple[str, ...]
    response_type: str = "code"
    assignment_uuid: str | None = None
    challenge: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """A request that was found right; `is_given` when the user gave the application these scopes before.

    `uses_assignment` when the user is no admin, and may get this one token because an admin said so.
    """

    application: OAuthApplication
    scopes: Scopes
    is_given: bool
    uses_assignment: bool


@dataclass(frozen=True, slots=True)
class Exchange:
    """What an application shows to get a token for a code."""

    client_id: str
    client_secret: str
    redirect_uri: str
    code: str
    scope: str | None
    verifier: str | None


def prepare_consent(work: UnitOfWork, identity: Identity, request: AuthorizationRequest) -> Consent:
    """Check a request. Nobody is sent anywhere, and nothing is told of the scopes, before it is clear that the caller may.

    Raises OAuthApplicationNotFound, NotAllowed, RedirectMismatch and ScopeNotFound.
    """
    application = find_application(work, request.client_id)
    user_id = _require_person(identity)
    scopes = _parse_scopes(request.scope)
    uses_assignment = not _is_admin(work, identity, application)
    if uses_assignment and not _is_assigned(work, user_id, application, scopes, request):
        raise NotAllowed
    _check_redirect(application, request)
    if not scopes:
        raise ScopeNotFound
    granted = oauth_tokens.list_granted(work.connection, application.id, user_id, work.now)
    return Consent(application, scopes, any(scopes <= parse_scopes(text) for text in granted), uses_assignment)


def issue_token(work: UnitOfWork, identity: Identity, request: AuthorizationRequest, *, address: str | None) -> str:
    """The secret of a new token; an assignment is used up. Raises as `prepare_consent`."""
    consent, user_id = prepare_consent(work, identity, request), _require_person(identity)
    _use_assignment(work, consent, user_id, request)
    return mint_token(work, identity, consent.application, user_id, consent.scopes, address=address).secret


def issue_code(work: UnitOfWork, identity: Identity, request: AuthorizationRequest) -> str:
    """A code that the application exchanges for a token within ten minutes; an assignment is used up. Raises as `prepare_consent`."""
    consent, user_id = prepare_consent(work, identity, request), _require_person(identity)
    _use_assignment(work, consent, user_id, request)
    code = make_secret()
    oauth_tokens.delete_old_codes(work.connection, work.now)
    oauth_tokens.add_code(
        work.connection,
        uuid=str(uuid.uuid4()),
        application_id=consent.application.id,
        user_id=user_id,
        code_sha256=digest_secret(code),
        redirect_uri=request.redirect_uri,
        scopes=format_scopes(consent.scopes),
        challenge=request.challenge,
        expires_at=work.now + timedelta(seconds=CODE_SECONDS),
    )
    return code


def exchange_code(work: UnitOfWork, exchange: Exchange, *, secret_box: SecretBox, address: str | None) -> str:
    """The secret of a new token; the code is used up. Raises ExchangeRefused."""
    try:
        application = find_application(work, exchange.client_id)
    except OAuthApplicationNotFound as error:
        raise ExchangeRefused("invalid_client") from error
    secret = reveal_client_secret(application, secret_box)
    if not hmac.compare_digest(secret.encode(), exchange.client_secret.encode("utf-8", "surrogatepass")):
        raise ExchangeRefused("invalid_client")
    code = oauth_tokens.find_code(work.connection, digest_secret(exchange.code))
    if code is None or not _fits(code, application, exchange) or code.expires_at <= work.now or not code.user_is_enabled:
        raise ExchangeRefused("invalid_grant")
    scopes = parse_scopes(code.scopes)
    if exchange.scope and _parse_scopes(exchange.scope) != scopes:
        raise ExchangeRefused("invalid_scope")
    if not oauth_tokens.take_code(work.connection, code.id):
        raise ExchangeRefused("invalid_grant")
    return mint_token(work, _identify(work, code.user_id), application, code.user_id, scopes, address=address).secret


def assign_token(work: UnitOfWork, identity: Identity, request: AuthorizationRequest, username: str, *, address: str | None) -> None:
    """Give another user the right to get a token of the application; for admins of its organization.

    Raises OAuthApplicationNotFound, NotAllowed, RedirectMismatch, ScopeNotFound, AccountNotFound for a user that does not exist, and Invalid when the user has too many.
    """
    application = find_application(work, request.client_id)
    if not _is_admin(work, identity, application):
        raise NotAllowed
    _check_redirect(application, request)
    scopes = _parse_scopes(request.scope)
    if not scopes:
        raise ScopeNotFound
    user = get_user(work, username)
    if len(oauth_assignments.list_of_user(work.connection, user.id, _MOST_ASSIGNMENTS)) >= _MOST_ASSIGNMENTS:
        raise Invalid(f"{username} has {_MOST_ASSIGNMENTS} assigned tokens already.")
    oauth_assignments.add(
        work.connection,
        uuid=str(uuid.uuid4()),
        application_id=application.id,
        user_id=user.id,
        redirect_uri=request.redirect_uri,
        scopes=format_scopes(scopes),
        response_type=request.response_type,
        created_at=work.now,
    )
    record(
        work,
        identity,
        LogKind.OAUTH_TOKEN_ASSIGNED,
        namespace_id=application.namespace_id,
        address=address,
        application=application.name,
        client_id=application.client_id,
        assigned_user=user.name,
        assigning_user=identity.name,
    )


def check_redirect(work: UnitOfWork, request: AuthorizationRequest) -> None:
    """Whether the browser may be sent back with a refusal. Raises OAuthApplicationNotFound and RedirectMismatch."""
    _check_redirect(find_application(work, request.client_id), request)


def is_right_challenge(challenge: str | None, method: str | None) -> bool:
    """Whether a request has no challenge of PKCE, or one by SHA-256: plain ones protect nobody."""
    return challenge is None or (method == "S256" and is_challenge(challenge))


def _check_redirect(application: OAuthApplication, request: AuthorizationRequest) -> None:
    if not is_allowed_redirect(request.redirect_uri, registered=application.redirect_uri, local_pages=request.local_pages):
        raise RedirectMismatch(application.redirect_uri)


def _identify(work: UnitOfWork, user_id: int) -> Identity:
    """Whoever consented when the code was made; the log names the user."""
    user = get_account(work, user_id)
    return Identity(IdentityKind.USER, user.name, user_id=user.id, reference=user.uuid)


def _fits(code: StoredCode, application: OAuthApplication, exchange: Exchange) -> bool:
    if code.application_id != application.id or code.redirect_uri != exchange.redirect_uri:
        return False
    if code.challenge is None:
        return exchange.verifier is None
    return exchange.verifier is not None and meets_challenge(exchange.verifier, code.challenge)


def _require_person(identity: Identity) -> int:
    """Tokens cannot consent: only whoever signed in with a password can."""
    if identity.kind is not IdentityKind.USER or identity.user_id is None:
        raise NotAllowed
    return identity.user_id


def _parse_scopes(text: str) -> Scopes:
    """The scopes; none for a text that is void."""
    try:
        return parse_scopes(text)
    except UnknownScope:
        return frozenset()


def _is_admin(work: UnitOfWork, identity: Identity, application: OAuthApplication) -> bool:
    return find_namespace_role(work, identity, get_namespace(work, application.namespace)) is NamespaceRole.ADMIN


def _is_assigned(work: UnitOfWork, user_id: int, application: OAuthApplication, scopes: Scopes, request: AuthorizationRequest) -> bool:
    assignment_uuid = request.assignment_uuid or ""
    found = oauth_assignments.find(work.connection, user_id, assignment_uuid) if is_storable(assignment_uuid) else None
    return (
        found is not None
        and found.application.id == application.id
        and found.redirect_uri == request.redirect_uri
        and found.response_type == request.response_type
        and scopes <= parse_scopes(found.scopes)
    )


def _use_assignment(work: UnitOfWork, consent: Consent, user_id: int, request: AuthorizationRequest) -> None:
    """An assignment is good for one token: of two consents at once, the second finds it gone."""
    if not consent.uses_assignment or request.assignment_uuid is None:
        return
    if not oauth_assignments.delete_assignment(work.connection, user_id, request.assignment_uuid):
        raise NotAllowed
