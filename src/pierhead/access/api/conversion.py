"""Make the caller's account into an organization: `/user/convert` (api-v1/accounts, section 3)."""

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from pierhead.access.api.dependencies import Address, Services, User, give_session
from pierhead.access.api.routing import ApiRouter
from pierhead.access.convert_user import convert_account
from pierhead.access.record_logins import note_login
from pierhead.access.sessions import start_session

router = ApiRouter()


class ConversionBody(BaseModel):
    """Who is to administer the organization; `plan` and other fields of clients are ignored."""

    admin_user: str = Field(alias="adminUser")
    admin_password: str = Field(alias="adminPassword")


@router.post("/user/convert")
async def convert_user(body: ConversionBody, request: Request, caller: User, services: Services, address: Address) -> Response:
    """The caller's account is an organization from now on, and the session its admin's."""
    admin = await convert_account(services, caller.identity, caller.user, body.admin_user, body.admin_password, address=address)
    await note_login(services, admin, address=address, user_agent=request.headers.get("User-Agent"))
    response = JSONResponse({"success": True})
    give_session(request, response, services, start_session(admin, services.database.clock.now()))
    return response
