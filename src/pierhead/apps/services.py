"""What the routes of `/cnr` work with, made once by the composition root."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pierhead.access.model.identity import Identity
from pierhead.accounts.model.quotas import NO_QUOTAS, QuotaPolicy
from pierhead.audit.pulls import PullAggregator
from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.database import Database
from pierhead.platform.threads import ThreadTeam

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AppServices:
    """Connections and settings of one process."""

    database: Database
    blobs: BlobStore
    io: ThreadTeam
    pulls: PullAggregator
    authenticate: Callable[[str, str, str], Awaitable[Identity]]
    """Checks (user name, password, client address) of Basic credentials."""
    maximum_package_bytes: int
    takes_pushes: bool
    """False while the settings let nothing be pushed."""
    quotas: QuotaPolicy = NO_QUOTAS

    async def in_thread(self, function: Callable[..., T], /, *args: Any) -> T:
        """Run file work where it cannot hold up other requests."""
        return await self.io.run(function, *args)
