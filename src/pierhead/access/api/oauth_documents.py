"""What the OpenAPI document says of the OAuth server, whose fields come in queries and forms that the routes read themselves."""

from typing import Any

_AUTHORIZATION = {
    "client_id": "The application.",
    "redirect_uri": "Where the browser is sent back to: the registered address, what lies below it, or /oauth/localapp.",
    "scope": "Words separated by spaces or commas.",
    "response_type": "`code` or `token`.",
    "state": "Given back as it is.",
    "assignment_uuid": "The right to get a token that an admin gave to the user.",
}
_CHALLENGE = {"code_challenge": "PKCE (RFC 7636).", "code_challenge_method": "`S256`."}
_EXCHANGE = {
    "grant_type": "`authorization_code`.",
    "client_id": "The application; it may come in Basic as well.",
    "client_secret": "The application's secret; it may come in Basic as well.",
    "redirect_uri": "The one that the code was sent to.",
    "code": "The code.",
    "scope": "If given, the scopes that were granted.",
    "code_verifier": "PKCE (RFC 7636).",
}
_CSRF = {"_csrf_token": "The session's CSRF token, unless it comes in the header X-CSRF-Token."}
_FORMAT = {"format": "`json` for an answer that programs read."}
_NEEDED = {"client_id", "redirect_uri", "scope"}
_SENT_BACK: dict[int | str, dict[str, Any]] = {302: {"description": "The browser goes back to the application."}}


def _query(fields: dict[str, str], needed: set[str]) -> dict[str, Any]:
    return {
        "parameters": [
            {"name": name, "in": "query", "required": name in needed, "description": text, "schema": {"type": "string"}}
            for name, text in fields.items()
        ]
    }


def _form(fields: dict[str, str], needed: set[str]) -> dict[str, Any]:
    properties = {name: {"type": "string", "description": text} for name, text in fields.items()}
    schema = {"type": "object", "properties": properties, "required": sorted(needed)}
    return {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}}


def _answers(description: str, *media_types: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "content": {media_type: {} for media_type in media_types}}}


AUTHORIZE: dict[str, Any] = {
    "openapi_extra": _query(_AUTHORIZATION | _CHALLENGE | _FORMAT, _NEEDED),
    "responses": _answers("The page that asks for the consent.", "text/html", "application/json") | _SENT_BACK,
}
CONSENT: dict[str, Any] = {
    "openapi_extra": _form(_AUTHORIZATION | _CHALLENGE | _CSRF, _NEEDED),
    "responses": _SENT_BACK,
    "status_code": 302,
}
ASSIGN: dict[str, Any] = {
    "openapi_extra": _query(_AUTHORIZATION | {"username": "Who may get the token."} | _FORMAT, _NEEDED | {"username"}),
    "responses": _answers("The user was given the right.", "text/html", "application/json") | _SENT_BACK,
}
EXCHANGE: dict[str, Any] = {
    "openapi_extra": _form(_EXCHANGE, {"grant_type", "redirect_uri", "code"}),
    "responses": _answers("The token.", "application/json"),
}
LOCAL_PAGE_ANSWERS: dict[str, Any] = {
    "openapi_extra": _query({"scope": "What was granted; without it nothing was."} | _FORMAT, set()),
    "responses": _answers("The page that shows the token.", "text/html", "application/json"),
}
