"""The exchange of a keyless robot: `/oauth2/federation/robot/token` (api-v1/accounts, section 4)."""

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from pierhead.access.api.dependencies import Address, Services, parse_basic
from pierhead.access.api.routing import ApiRouter
from pierhead.access.model.errors import InvalidCredentials
from pierhead.access.robot_federation import exchange_token
from pierhead.platform.errors import Unauthenticated

outside_router = ApiRouter()
"""The path outside `/api/v1`."""


@outside_router.get("/oauth2/federation/robot/token")
async def exchange_robot_token(request: Request, services: Services, address: Address) -> Response:
    """A token for a robot, in exchange for one of an OpenID Connect issuer that its federation list names; both come by Basic."""
    try:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            raise InvalidCredentials
        name, token = parse_basic(value)
        answer = {"token": await exchange_token(services, name, token, address=address)}
    except Unauthenticated as error:
        return JSONResponse({"error": error.message}, status_code=401, headers={"Cache-Control": "no-store"})
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})
