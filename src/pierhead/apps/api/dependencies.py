"""Who calls `/cnr`, and what the call says."""

import base64
import binascii
from typing import Annotated, TypeVar

import msgspec
from fastapi import Depends, Request

from pierhead.access.model.errors import InvalidCredentials
from pierhead.access.model.identity import ANONYMOUS, Identity
from pierhead.apps.model import InvalidParameters, PackageTooLarge
from pierhead.apps.services import AppServices

_BODY_SLACK = 64 * 1024  # bytes of a request around the package itself
B = TypeVar("B")


def find_services(request: Request) -> AppServices:
    """The services that the application was made with."""
    services: AppServices = request.app.state.apps
    return services


Services = Annotated[AppServices, Depends(find_services)]


def find_address(request: Request) -> str | None:
    """The client's address, for the log and for slowing down guesses."""
    return request.client.host if request.client else None


Address = Annotated[str | None, Depends(find_address)]


async def identify_caller(request: Request, services: Services, address: Address) -> Identity:
    """Whoever sends Basic credentials, anonymous without. Raises InvalidCredentials and RateLimited."""
    authorization = request.headers.get("Authorization")
    if not authorization:
        return ANONYMOUS
    username, password = parse_basic(authorization)
    return await services.authenticate(username, password, address or "")


Caller = Annotated[Identity, Depends(identify_caller)]


def name_package(namespace: str, package: str) -> str:
    """The whole name."""
    return f"{namespace}/{package}"


PackageName = Annotated[str, Depends(name_package)]


def parse_basic(authorization: str) -> tuple[str, str]:
    """User name and password of an `Authorization` header. Raises InvalidCredentials when it is none of Basic."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidCredentials
    try:
        username, colon, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise InvalidCredentials from None
    if not colon:
        raise InvalidCredentials
    return username, password


async def read_body(request: Request, form: type[B], *, maximum_bytes: int) -> B:
    """The JSON of a request. Raises PackageTooLarge before more than the limit is kept, and InvalidParameters."""
    limit = maximum_bytes * 4 // 3 + _BODY_SLACK
    pieces = bytearray()
    async for piece in request.stream():
        pieces += piece
        if len(pieces) > limit:
            raise PackageTooLarge(maximum_bytes)
    try:
        return msgspec.json.decode(pieces, type=form)
    except msgspec.DecodeError as error:
        raise InvalidParameters(f"The request is not what this call takes: {error}") from None
