"""Make, list and revoke OAuth tokens: those of an application for its admins, and for users what they gave to applications."""

import uuid
from datetime import timedelta

from pierhead.access.manage_oauth_applications import require_application
from pierhead.access.manage_organizations import require_organization
from pierhead.access.model.errors import NotAllowed
from pierhead.access.model.identity import Identity
from pierhead.access.model.oauth import (
    LONGEST_NAME,
    TOKEN_SECONDS,
    AssignmentNotFound,
    Authorization,
    InvalidTokenRequest,
    NewOAuthToken,
    OAuthApplication,
    OAuthToken,
    OAuthTokenNotFound,
    digest_secret,
    make_secret,
)
from pierhead.access.model.oauth_scopes import Scope, Scopes, UnknownScope, format_scopes, parse_scopes
from pierhead.access.model.permissions import Passage
from pierhead.access.store import oauth_assignments, oauth_tokens
from pierhead.accounts.model.names import is_storable
from pierhead.audit.model import LogKind, Performer
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork

PAGE_SIZE = 50
_MOST_LISTED = 1000


class ScopeNotHeld(NotAllowed):
    """Nobody can give away more than they hold."""

    message = "A token cannot be given a scope that you do not hold yourself."


def list_tokens(work: UnitOfWork, identity: Identity, organization: str, client_id: str, *, after_id: int = 0) -> list[OAuthToken]:
    """A page and, when more exist, one more; for admins. Raises OAuthApplicationNotFound, as do the others that name an application."""
    found = require_organization(work, identity, organization, passage=Passage.BOTH)
    application = require_application(work, found, client_id)
    return oauth_tokens.list_of_application(work.connection, application.id, after_id=after_id, maximum=PAGE_SIZE + 1)


def create_token(
    work: UnitOfWork,
    identity: Identity,
    organization: str,
    client_id: str,
    *,
    name: str,
    scope: str,
    seconds: int | None,
    address: str | None,
) -> NewOAuthToken:
    """A token that acts as the caller, an admin. Raises InvalidTokenRequest and ScopeNotHeld."""
    application = require_application(work, require_organization(work, identity, organization), client_id)
    if identity.user_id is None:
        raise NotAllowed
    if not name.strip() or len(name) > LONGEST_NAME or not is_storable(name):
        raise InvalidTokenRequest(f"The name must have 1 to {LONGEST_NAME} characters.")
    if seconds is not None and not 1 <= seconds <= TOKEN_SECONDS:
        raise InvalidTokenRequest("The expiration must be between one second and ten years.")
    try:
        scopes = parse_scopes(scope)
    except UnknownScope as error:
        raise InvalidTokenRequest(error.message) from error
    require_held(identity, scopes)
    return mint_token(
        work, identity, application, identity.user_id, scopes, name=name.strip(), seconds=seconds or TOKEN_SECONDS, address=address
    )


def require_held(identity: Identity, scopes: Scopes) -> None:
    """Raises ScopeNotHeld when the caller could not do itself what the scopes allow."""
    if identity.scopes is not None and not scopes <= identity.scopes:
        raise ScopeNotHeld
    if Scope.SUPER_USER in scopes and not identity.is_superuser:
        raise ScopeNotHeld


def mint_token(
    work: UnitOfWork,
    performer: Performer,
    application: OAuthApplication,
    user_id: int,
    scopes: Scopes,
    *,
    name: str | None = None,
    seconds: int = TOKEN_SECONDS,
    address: str | None,
) -> NewOAuthToken:
    """A token of the application that acts as the user; whoever calls this has checked that it may be."""
    secret, token_uuid = make_secret(), str(uuid.uuid4())
    oauth_tokens.add(
        work.connection,
        uuid=token_uuid,
        application_id=application.id,
        user_id=user_id,
        name=name,
        secret_sha256=digest_secret(secret),
        scopes=format_scopes(scopes),
        created_at=work.now,
        expires_at=work.now + timedelta(seconds=seconds),
    )
    token = _get_token(work, application, token_uuid)
    _record(work, performer, LogKind.CREATE_OAUTH_API_TOKEN, application, token_uuid, token.scopes, address)
    return NewOAuthToken(token, secret)


def revoke_token(work: UnitOfWork, identity: Identity, organization: str, client_id: str, token_uuid: str, *, address: str | None) -> None:
    """The token is refused from now on; for admins. Raises OAuthTokenNotFound."""
    application = require_application(work, require_organization(work, identity, organization), client_id)
    token = _get_token(work, application, token_uuid)
    oauth_tokens.delete_token(work.connection, token.uuid)
    _record(work, identity, LogKind.REVOKE_OAUTH_API_TOKEN, application, token.uuid, token.scopes, address)


def list_authorizations(work: UnitOfWork, user_id: int) -> list[Authorization]:
    """Every living token that acts as the user, oldest first."""
    return oauth_tokens.list_authorizations(work.connection, user_id, work.now, _MOST_LISTED)


def get_authorization(work: UnitOfWork, user_id: int, token_uuid: str) -> Authorization:
    """One of them. Raises OAuthTokenNotFound."""
    found = oauth_tokens.find_authorization(work.connection, user_id, token_uuid, work.now) if is_storable(token_uuid) else None
    if found is None:
        raise OAuthTokenNotFound
    return found


def revoke_authorization(work: UnitOfWork, identity: Identity, user_id: int, token_uuid: str, *, address: str | None) -> None:
    """The token is refused from now on. Raises OAuthTokenNotFound."""
    found = get_authorization(work, user_id, token_uuid)
    oauth_tokens.delete_token(work.connection, found.uuid)
    record(
        work,
        identity,
        LogKind.OAUTH_TOKEN_REVOKED,
        namespace_id=user_id,
        address=address,
        application=found.application.name,
        client_id=found.application.client_id,
    )


def list_assignments(work: UnitOfWork, user_id: int) -> list[Authorization]:
    """Rights to get a token that admins gave to the user, oldest first."""
    return oauth_assignments.list_of_user(work.connection, user_id, _MOST_LISTED)


def decline_assignment(work: UnitOfWork, identity: Identity, user_id: int, assignment_uuid: str, *, address: str | None) -> None:
    """The user does not want the right. Raises AssignmentNotFound."""
    found = oauth_assignments.find(work.connection, user_id, assignment_uuid) if is_storable(assignment_uuid) else None
    if found is None:
        raise AssignmentNotFound
    oauth_assignments.delete_assignment(work.connection, user_id, found.uuid)
    record(
        work,
        identity,
        LogKind.OAUTH_TOKEN_REVOKED,
        namespace_id=user_id,
        address=address,
        application=found.application.name,
        client_id=found.application.client_id,
    )


def _get_token(work: UnitOfWork, application: OAuthApplication, token_uuid: str) -> OAuthToken:
    found = oauth_tokens.find_of_application(work.connection, application.id, token_uuid) if is_storable(token_uuid) else None
    if found is None:
        raise OAuthTokenNotFound
    return found


def _record(
    work: UnitOfWork, performer: Performer, kind: LogKind, application: OAuthApplication, token_uuid: str, scopes: str, address: str | None
) -> None:
    record(
        work,
        performer,
        kind,
        namespace_id=application.namespace_id,
        address=address,
        application_name=application.name,
        client_id=application.client_id,
        oauth_token_uuid=token_uuid,
        scope=scopes,
    )
