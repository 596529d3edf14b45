"""Messages to everybody (api-v1/admin, section 2)."""

from typing import Any

from fastapi import Response
from pydantic import BaseModel

from pierhead.access.api.dependencies import FreshUser, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.administration import messages
from pierhead.administration.model import MediaType, Severity

router = ApiRouter()


class MessageBody(BaseModel):
    """What everybody is to read."""

    content: str
    media_type: MediaType
    severity: Severity


class NewMessageBody(BaseModel):
    """A message in its envelope."""

    message: MessageBody


@router.get("/messages")
async def list_messages(services: Services) -> dict[str, Any]:
    """Every message."""
    found = await services.database.read(messages.list_messages)
    return {
        "messages": [
            {"uuid": each.uuid, "content": each.content, "severity": each.severity, "media_type": each.media_type} for each in found
        ]
    }


@router.post("/messages", status_code=201)
async def create_message(body: NewMessageBody, caller: FreshUser, services: Services) -> Response:
    """Show a message from now on."""
    message = body.message
    await services.database.write(messages.create_message, caller.identity, message.content, message.media_type, message.severity)
    return Response(status_code=201)


@router.delete("/message/{uuid}", status_code=204)
async def delete_message(uuid: str, caller: FreshUser, services: Services) -> Response:
    """Show a message no longer."""
    await services.database.write(messages.delete_message, caller.identity, uuid)
    return Response(status_code=204)
