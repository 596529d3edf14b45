"""Hash and check account passwords with argon2id, in threads and only a few at a time."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import argon2

from pierhead.platform.errors import RateLimited

T = TypeVar("T")

# The parameters of OWASP's password storage recommendation for argon2id; 19 MiB for each hash that is being computed.
_TIME_COST, _MEMORY_KIB, _PARALLELISM = 2, 19 * 1024, 1
_NOBODY = f"$argon2id$v=19$m={_MEMORY_KIB},t={_TIME_COST},p={_PARALLELISM}${'A' * 22}${'A' * 43}"
_WAITING = 64


class PasswordHasher:
    """The hashing threads of one process."""

    def __init__(self, *, threads: int = 2) -> None:
        self._argon2 = argon2.PasswordHasher(time_cost=_TIME_COST, memory_cost=_MEMORY_KIB, parallelism=_PARALLELISM)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="password")
        self._waiting = threading.BoundedSemaphore(_WAITING)

    async def hash(self, password: str) -> str:
        """The text to store. Raises RateLimited when too many others wait."""
        return await self._run(self.hash_now, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits. Without a hash it takes as long and answers False, so that nobody learns which names exist."""
        return await self._run(self.verify_now, password_hash, password)

    def hash_now(self, password: str) -> str:
        """As `hash`, in the caller's thread."""
        return self._argon2.hash(password)

    def verify_now(self, password_hash: str | None, password: str) -> bool:
        """As `verify`, in the caller's thread."""
        try:
            self._argon2.verify(password_hash or _NOBODY, password.encode("utf-8", "surrogatepass"))
        except argon2.exceptions.VerifyMismatchError:
            return False
        return password_hash is not None

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    async def _run(self, function: Callable[..., T], *arguments: str | None) -> T:
        if not self._waiting.acquire(blocking=False):
            raise RateLimited("Too many people are signing in. Please try again.", retry_after_seconds=2)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
        finally:
            self._waiting.release()
