"""The application behind `/cnr`: its own, because its errors have a shape of their own."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from pierhead.apps.api import channels, packages
from pierhead.apps.api.errors import describe, make_body
from pierhead.apps.services import AppServices
from pierhead.platform.errors import PierheadError, RateLimited, Unauthenticated

PREFIX = "/cnr"


def create_application(services: AppServices) -> FastAPI:
    """Every route of the protocol."""
    application = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    application.state.apps = services
    # Channels first: `channels` would be a release otherwise.
    for router in (channels.router, packages.router):
        application.include_router(router, prefix=PREFIX)

    @application.exception_handler(PierheadError)
    async def answer_error(_: Request, error: PierheadError) -> JSONResponse:
        status, body = describe(error)
        headers = {}
        if isinstance(error, Unauthenticated):
            headers["WWW-Authenticate"] = 'Basic realm="Pierhead"'
        if isinstance(error, RateLimited):
            headers["Retry-After"] = str(error.retry_after_seconds)
        return JSONResponse(body, status, headers)

    @application.exception_handler(RequestValidationError)
    async def answer_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse(make_body("invalid-parameters", "; ".join(item["msg"] for item in error.errors())), 422)

    @application.exception_handler(HTTPException)
    async def answer_http(_: Request, error: HTTPException) -> JSONResponse:
        code = "unsupported" if error.status_code == 405 else "invalid-usage"
        return JSONResponse(make_body(code, str(error.detail)), error.status_code)

    return application
