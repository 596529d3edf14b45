"""Queries of messages to everybody."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from pierhead.administration.model import GlobalMessage, MediaType, Severity
from pierhead.administration.tables import global_message

_MESSAGES = select(global_message.c.uuid, global_message.c.content, global_message.c.media_type, global_message.c.severity).order_by(
    global_message.c.id
)
_ADD_MESSAGE = insert(global_message)
_DELETE_MESSAGE = delete(global_message).where(global_message.c.uuid == bindparam("message_uuid"))


def list_messages(connection: Connection) -> list[GlobalMessage]:
    """Every message, the oldest first."""
    rows = connection.execute(_MESSAGES)
    return [GlobalMessage(row.uuid, row.content, MediaType(row.media_type), Severity(row.severity)) for row in rows]


def add_message(connection: Connection, message: GlobalMessage, created_at: datetime) -> None:
    connection.execute(
        _ADD_MESSAGE,
        {
            "uuid": message.uuid,
            "content": message.content,
            "media_type": message.media_type,
            "severity": message.severity,
            "created_at": created_at,
        },
    )


def delete_message(connection: Connection, message_uuid: str) -> bool:
    """Whether there was one."""
    return connection.execute(_DELETE_MESSAGE, {"message_uuid": message_uuid}).rowcount == 1
