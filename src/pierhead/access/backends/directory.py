"""Passwords that a directory checks; accounts that have a password here and are not the directory's keep it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from pierhead.access.backends.base import Directory
from pierhead.access.backends.local import LocalPasswords
from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.external import ExternalUser
from pierhead.platform.errors import RateLimited

_THREADS = 4
_WAITING = 64


class DirectoryPasswords:
    """Asks the directory in threads of its own, a few at a time."""

    kind = "LDAP"

    def __init__(self, directory: Directory, local: LocalPasswords) -> None:
        self._directory = directory
        self._local = local
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="directory")
        self._waiting = threading.BoundedSemaphore(_WAITING)

    async def check(self, user: StoredUser | None, username: str, password: str) -> StoredUser | ExternalUser | None:
        """The account's own password first, where it has one. Raises Unavailable when the directory cannot be asked, and RateLimited."""
        if user is not None and user.password_hash is not None:
            found = await self._local.check(user, username, password)
            if found is not None:
                return found
        if not self._waiting.acquire(blocking=False):
            raise RateLimited("Too many people are signing in. Please try again.", retry_after_seconds=2)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._directory.check_password, username, password)
        finally:
            self._waiting.release()

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()
