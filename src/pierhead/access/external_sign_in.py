"""Who else vouches for callers: OpenID Connect issuers, providers and a directory, as the composition root built them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pierhead.access.backends.base import Directory, Provider
from pierhead.access.issuers import Issuers
from pierhead.access.model.external import UnknownService
from pierhead.platform.outbound.guard import OutboundRefused
from pierhead.platform.outbound.http import Answer


class SigninOptions(Protocol):
    """The section `signin` of the settings."""

    @property
    def direct(self) -> bool: ...
    @property
    def team_sync_by_admins(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class OwnPasswords:
    """The options where nothing is set: people sign in with passwords of the own database."""

    direct: bool = True
    team_sync_by_admins: bool = False


class _NoHttp:
    def request(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes | None = None) -> Answer:
        """Refuse."""
        raise OutboundRefused


def _make_no_issuers() -> Issuers:
    return Issuers(_NoHttp(), allow_http=False)


@dataclass(frozen=True, slots=True)
class ExternalSignIn:
    """The back ends of one process.

    `issuers` are those that robots name, `provider_issuers` those of the settings: whoever names slow issuers keeps nobody else from signing in.
    `audiences` is what tokens for keyless robots must be meant for; empty refuses them all.
    """

    issuers: Issuers = field(default_factory=_make_no_issuers)
    audiences: frozenset[str] = frozenset()
    options: SigninOptions = OwnPasswords()
    provider_issuers: Issuers = field(default_factory=_make_no_issuers)
    providers: Mapping[str, Provider] = field(default_factory=dict)
    directory: Directory | None = None

    def get_provider(self, service: str) -> Provider:
        """Raises UnknownService."""
        found = self.providers.get(service)
        if found is None:
            raise UnknownService
        return found

    @property
    def directory_service(self) -> str | None:
        """The name of the directory that checks passwords; None when they are in the own database."""
        return None if self.directory is None else self.directory.service

    @property
    def keeps_accounts_elsewhere(self) -> bool:
        """Whether people make and end accounts somewhere else: in the directory, or with a provider that alone lets them in."""
        return self.directory is not None or not self.options.direct

    @property
    def group_provider(self) -> Provider | None:
        """The provider whose groups teams may follow: the first that tells them."""
        return next((provider for provider in self.providers.values() if provider.knows_groups), None)

    @property
    def syncs_teams(self) -> bool:
        """Whether some back end knows groups that teams may follow."""
        return self.directory is not None or self.group_provider is not None

    def close(self) -> None:
        """End the threads."""
        self.issuers.close()
        self.provider_issuers.close()
