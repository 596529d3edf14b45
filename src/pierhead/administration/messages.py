"""Messages that superusers show to everybody."""

import uuid

from pierhead.access.model.identity import Identity
from pierhead.accounts.model.names import is_storable
from pierhead.administration.model import GlobalMessage, InvalidMessage, MediaType, MessageNotFound, Severity, TooManyMessages
from pierhead.administration.store import messages as store
from pierhead.administration.superuser import require_superuser
from pierhead.platform.database import UnitOfWork

LONGEST = 4096
_MOST = 100


def list_messages(work: UnitOfWork) -> list[GlobalMessage]:
    """Every message, the oldest first; anybody may ask."""
    return store.list_messages(work.connection)


def create_message(work: UnitOfWork, identity: Identity, content: str, media_type: MediaType, severity: Severity) -> GlobalMessage:
    """Show a message from now on. Raises SignInRequired, NotAllowed, InvalidMessage and TooManyMessages."""
    require_superuser(identity)
    if not content.strip() or len(content) > LONGEST or not is_storable(content):
        raise InvalidMessage
    if len(store.list_messages(work.connection)) >= _MOST:
        raise TooManyMessages
    message = GlobalMessage(str(uuid.uuid4()), content, media_type, severity)
    store.add_message(work.connection, message, work.now)
    return message


def delete_message(work: UnitOfWork, identity: Identity, message_uuid: str) -> None:
    """Raises SignInRequired, NotAllowed and MessageNotFound."""
    require_superuser(identity)
    if not is_storable(message_uuid) or not store.delete_message(work.connection, message_uuid):
        raise MessageNotFound
