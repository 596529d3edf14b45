"""The FastAPI application that serves everything but `/v2`: errors in one shape, both slash forms, no redirects."""

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from pierhead import __version__
from pierhead.platform.errors import PierheadError, RateLimited, Unauthenticated
from pierhead.platform.web.errors import ErrorTable
from pierhead.platform.web.openapi import Words, complete_document

_TITLES = {401: "invalid_token", 403: "insufficient_scope", 404: "not_found"}
_LARGEST_BODY = 4 * 1024 * 1024  # bytes; whatever the API takes is a document that somebody typed or a script made
_SLASHES = re.compile(r"/+$")


class _Api(FastAPI):
    """Writes its OpenAPI document once, when it is first asked for."""

    words = Words()

    def openapi(self) -> dict[str, Any]:
        """What FastAPI knows, and what every call has in common."""
        if self.openapi_schema is None:
            self.openapi_schema = complete_document(super().openapi(), self.words)
        return self.openapi_schema


def create_api(routers: Sequence[APIRouter], errors: ErrorTable, state: dict[str, object], words: Words | None = None) -> FastAPI:
    """An application with these routers; `state` is what their dependencies find in `request.app.state`."""
    api = _Api(
        title="Pierhead",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        max_body_size=_LARGEST_BODY,
    )
    api.words = words or Words()
    for name, value in state.items():
        setattr(api.state, name, value)
    for router in routers:
        api.include_router(router)

    @api.exception_handler(PierheadError)
    async def answer_error(request: Request, error: PierheadError) -> JSONResponse:
        status, body = errors.describe(error, base_url=str(request.base_url).rstrip("/"), request_id=request.scope.get("request_id", ""))
        headers = {}
        if isinstance(error, Unauthenticated):
            headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, RateLimited):
            headers["Retry-After"] = str(error.retry_after_seconds)
        return AsciiResponse(body, status, headers)

    @api.exception_handler(RequestValidationError)
    async def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        problems = "; ".join(f"{'.'.join(str(part) for part in item['loc'][1:])}: {item['msg']}" for item in error.errors())
        return _typed(request, 400, "invalid_request", problems or "Request error.")

    @api.exception_handler(UnicodeEncodeError)
    async def answer_unstorable(request: Request, error: UnicodeEncodeError) -> JSONResponse:
        # JSON can write half of a surrogate pair, which is no character: no database, file or header takes it.
        if not error.reason.startswith("surrogates"):
            raise error
        return _typed(request, 400, "invalid_request", "A text holds half of a surrogate pair, which is no character.")

    @api.exception_handler(HTTPException)
    async def answer_http(request: Request, error: HTTPException) -> JSONResponse:
        return _typed(request, error.status_code, _TITLES.get(error.status_code, "invalid_request"), str(error.detail))

    return api


def _typed(request: Request, status: int, title: str, text: str) -> JSONResponse:
    base_url = str(request.base_url).rstrip("/")
    body = {
        "detail": text,
        "error_message": text,
        "message": text,
        "error_type": title,
        "title": title,
        "type": f"{base_url}/api/v1/error/{title}",
        "status": status,
        "request_id": request.scope.get("request_id", ""),
    }
    return AsciiResponse(body, status)


class AsciiResponse(JSONResponse):
    """Escapes whatever is not ASCII: a refusal repeats what the client sent, and that may be no text at all."""

    def render(self, content: Any) -> bytes:
        """The body."""
        return json.dumps(content, separators=(",", ":")).encode("ascii")


class PlainPaths:
    """Makes the forms of a path that clients use into one: `%2F` for a slash, and with or without a slash at the end."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self._application = application

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            path = unquote(scope["raw_path"].decode("latin-1")) if "raw_path" in scope else scope["path"]
            scope = {**scope, "path": _SLASHES.sub("", path) or "/"}
        await self._application(scope, receive, send)
