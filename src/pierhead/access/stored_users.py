"""The rows of users, with what checking their credentials needs."""

from pierhead.access.model.credentials import StoredUser
from pierhead.access.store import credentials
from pierhead.accounts.model.errors import AccountNotFound
from pierhead.platform.database import UnitOfWork


def get_stored_user(work: UnitOfWork, user_id: int) -> StoredUser:
    """Raises AccountNotFound."""
    user = credentials.find_user_by_id(work.connection, user_id)
    if user is None:
        raise AccountNotFound
    return user
