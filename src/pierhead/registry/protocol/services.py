"""What the handlers of `/v2` work with, made once by the composition root."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from pierhead.access.model.identity import Identity
from pierhead.access.registry_tokens import TokenSigner
from pierhead.audit.pulls import PullAggregator
from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.clock import Clock
from pierhead.platform.database import Database
from pierhead.platform.threads import ThreadTeam
from pierhead.registry.authorize import PushPolicy
from pierhead.registry.model.limits import RegistryLimits
from pierhead.registry.model.names import RepositoryName, parse_repository_name
from pierhead.registry.model.rules import DEFAULT_RULES, TagRules
from pierhead.registry.protocol.caches import ByteCache

T = TypeVar("T")
Confirm = Callable[[Identity], Awaitable[None]]

_MIB = 1024 * 1024


async def trust(_identity: Identity) -> None:
    """Confirms everybody."""


@dataclass(frozen=True, slots=True)
class RegistryServices:
    """Connections, caches and settings of the protocol in one process."""

    database: Database
    blobs: BlobStore
    signer: TokenSigner
    clock: Clock
    authenticate: Callable[[str, str, str], Awaitable[Identity]]
    """Checks (user name, password, client address) of Basic credentials."""
    pulls: PullAggregator
    confirm: Confirm = trust
    """Refuses a bearer token whose OAuth token was revoked since."""
    limits: RegistryLimits = RegistryLimits()
    policy: PushPolicy = PushPolicy()
    rules: TagRules = DEFAULT_RULES
    public_url: str | None = None
    io: ThreadTeam = field(default_factory=lambda: ThreadTeam(8, name="blob-io"))
    manifests: ByteCache = field(default_factory=lambda: ByteCache(16 * _MIB, largest_entry_bytes=256 * 1024))
    small_blobs: ByteCache = field(default_factory=lambda: ByteCache(16 * _MIB, largest_entry_bytes=64 * 1024))

    def repository_name(self, text: str) -> RepositoryName:
        """The whole repository name of a path. Raises NameInvalid."""
        return parse_repository_name(text, nested=self.limits.nested_names, library=self.limits.library_namespace)

    async def in_thread(self, function: Callable[..., T], /, *args: object) -> T:
        """Run file work where it cannot hold up other requests."""
        return await self.io.run(function, *args)
