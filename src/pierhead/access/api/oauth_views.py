"""The JSON objects of OAuth applications, tokens and authorizations (api-v1/accounts, sections 3.1 and 8)."""

import json
from datetime import datetime
from typing import Any

from pierhead.access.manage_oauth_applications import ApplicationView
from pierhead.access.model.oauth import Authorization, OAuthApplication, OAuthToken
from pierhead.access.model.oauth_scopes import ScopeInfo, Scopes, describe_scopes, parse_scopes
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.avatars import make_avatar


def view_application(view: ApplicationView) -> dict[str, Any]:
    """App; what leads to tokens is there for admins only."""
    application, is_admin = view.application, view.secret is not None
    return {
        "name": application.name,
        "description": application.description,
        "application_uri": application.application_uri,
        "client_id": application.client_id,
        "client_secret": view.secret,
        "redirect_uri": application.redirect_uri if is_admin else None,
        "avatar_email": application.avatar_email if is_admin else None,
    }


def view_public_application(application: OAuthApplication, organization: Account) -> dict[str, Any]:
    """What everybody sees."""
    return {
        "name": application.name,
        "description": application.description,
        "uri": application.application_uri,
        "avatar": _avatar(application),
        "organization": {
            "name": organization.name,
            "email": "",
            "avatar": make_avatar(organization.name, organization.email, "user"),
            "is_admin": False,
            "is_member": False,
        },
    }


def view_token(token: OAuthToken) -> dict[str, Any]:
    """Tok."""
    return {
        "uuid": token.uuid,
        "name": token.name,
        "scope": token.scopes,
        "expires_at": format_moment(token.expires_at),
        "created": format_moment(token.created_at),
        "created_by": token.created_by,
        "last_accessed": format_moment(token.last_used_at),
    }


def view_authorization(authorization: Authorization) -> dict[str, Any]:
    """What a user gave to an application."""
    application = authorization.application
    return {
        "application": {
            "name": application.name,
            "description": application.description,
            "url": application.application_uri,
            "avatar": _avatar(application),
            "organization": _view_owner(application),
        },
        "scopes": view_scopes(parse_scopes(authorization.scopes)),
        "uuid": authorization.uuid,
    }


def view_assignment(assignment: Authorization) -> dict[str, Any]:
    """As `view_authorization`, with what the page of the consent is opened with."""
    shown = view_authorization(assignment)
    shown["application"] |= {
        "clientId": assignment.application.client_id,
        "redirectUri": assignment.redirect_uri,
        "responseType": assignment.response_type,
    }
    return shown


def view_consent(application: OAuthApplication, scopes: Scopes) -> dict[str, Any]:
    """What a user interface shows before the consent; the avatars are JSON in text, as clients expect."""
    owner = _view_owner(application)
    return {
        "scopes": view_scopes(scopes),
        "has_dangerous_scopes": any(info.is_dangerous for info in describe_scopes(scopes)),
        "application": {
            "name": application.name,
            "description": application.description,
            "url": application.application_uri,
            "avatar": json.dumps(_avatar(application)),
            "organization": {**owner, "avatar": json.dumps(owner["avatar"])},
        },
    }


def view_scopes(scopes: Scopes) -> list[dict[str, Any]]:
    """ScopeInfo of each."""
    return [_view_scope(info) for info in describe_scopes(scopes)]


def format_moment(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with Z, as the dates of OAuth tokens are (api-v1, section 3.2)."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _view_scope(info: ScopeInfo) -> dict[str, Any]:
    return {
        "title": info.title,
        "scope": info.scope.value,
        "description": info.description,
        "icon": info.icon,
        "dangerous": info.is_dangerous,
    }


def _view_owner(application: OAuthApplication) -> dict[str, Any]:
    return {"name": application.namespace, "avatar": make_avatar(application.namespace, None, "org")}


def _avatar(application: OAuthApplication) -> dict[str, str]:
    return make_avatar(application.name, application.avatar_email, "app")
