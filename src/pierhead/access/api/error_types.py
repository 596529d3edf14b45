"""What the error types of the API mean: `/error/{error_type}`, the address that each error body names (api-v1, section 3.5)."""

from fastapi import Request

from pierhead.access.api.routing import ApiRouter
from pierhead.access.model.errors import ErrorTypeNotFound

router = ApiRouter()

ERROR_TYPES = {
    "invalid_request": "The request breaks a rule: a field is missing or malformed, or the present state does not allow it. The detail says which.",
    "invalid_response": "A server that the request depends on gave an answer that makes no sense.",
    "invalid_token": "Nobody is signed in, or the token is malformed, expired or revoked.",
    "expired_token": "The token has expired. Please get a new one.",
    "fresh_login_required": "The call is dangerous and the sign-in too old: please give the password again.",
    "insufficient_scope": "The caller is known and may not do this.",
    "not_found": "There is no such thing, or the caller may not know that there is.",
    "tag_immutable": "The tag is immutable: it can neither be moved nor deleted.",
    "downstream_issue": "A server that the request depends on could not be reached.",
    "external_service_timeout": "A server that the request depends on took too long.",
    "too_many_requests": "Too many attempts. Please try again after the seconds in the header Retry-After.",
    "storage_full": "The storage of the registry is full; nothing was stored.",
    "unavailable": "A part that the answer needs does not work now. Please try again.",
    "internal_error": "The server has made a mistake. The request id in the answer leads to it in the server's log.",
}


@router.get("/error/{error_type}")
async def describe_error(error_type: str, request: Request) -> dict[str, str]:
    """The meaning of an error type."""
    description = ERROR_TYPES.get(error_type)
    if description is None:
        raise ErrorTypeNotFound
    base_url = str(request.base_url).rstrip("/")
    return {"type": f"{base_url}/api/v1/error/{error_type}", "title": error_type, "description": description}
