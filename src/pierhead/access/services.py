"""What access is built from: one object that the composition root makes and everybody else is given."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from pierhead.access.backends.base import PasswordBackend
from pierhead.access.backends.directory import DirectoryPasswords
from pierhead.access.backends.local import LocalPasswords
from pierhead.access.credential_cache import CredentialCache
from pierhead.access.external_sign_in import ExternalSignIn
from pierhead.access.mailing import Mailing
from pierhead.access.powers import PowerOptions
from pierhead.access.registry_tokens import TokenSigner
from pierhead.access.repository_grants import NoRepositoryGrants, RepositoryGrants
from pierhead.accounts.passwords import PasswordHasher
from pierhead.platform.database import Database
from pierhead.platform.secrets import SecretBox


class AccessOptions(PowerOptions, Protocol):
    """The settings of access; `settings.access` is one."""

    @property
    def token_seconds(self) -> int: ...
    @property
    def service_key_seconds(self) -> int: ...
    @property
    def session_seconds(self) -> int: ...
    @property
    def fresh_login_seconds(self) -> int: ...
    @property
    def login_attempts(self) -> int: ...
    @property
    def user_creation(self) -> bool: ...
    @property
    def user_initialize(self) -> bool: ...
    @property
    def credential_cache_seconds(self) -> int: ...
    @property
    def encrypted_passwords_only(self) -> bool: ...
    @property
    def browser_calls_xhr_only(self) -> bool: ...
    @property
    def invited_users_only(self) -> bool: ...
    @property
    def team_invitations(self) -> bool: ...
    @property
    def user_rename(self) -> bool: ...
    @property
    def robot_overlap_seconds(self) -> int: ...
    @property
    def assign_oauth_tokens(self) -> bool: ...
    @property
    def direct_oauth_clients(self) -> Collection[str]: ...


@dataclass(frozen=True, slots=True)
class AccessServices:
    """Everything that identifying callers needs."""

    database: Database
    secret_box: SecretBox
    hasher: PasswordHasher
    signer: TokenSigner
    credentials: CredentialCache
    options: AccessOptions
    repository_grants: RepositoryGrants
    external: ExternalSignIn
    passwords: PasswordBackend
    mailing: Mailing | None = None

    @classmethod
    def build(
        cls,
        database: Database,
        secret_box: SecretBox,
        options: AccessOptions,
        repository_grants: RepositoryGrants | None = None,
        external: ExternalSignIn | None = None,
        mailing: Mailing | None = None,
    ) -> "AccessServices":
        """The services of one process; without `mailing` nothing is mailed, and nothing waits for an answer to a mail."""
        signer = TokenSigner(database, secret_box, token_seconds=options.token_seconds, key_seconds=options.service_key_seconds)
        cache = CredentialCache(seconds=options.credential_cache_seconds)
        grants = repository_grants or NoRepositoryGrants()
        hasher, others = PasswordHasher(), external or ExternalSignIn()
        own = LocalPasswords(hasher)
        passwords = own if others.directory is None else DirectoryPasswords(others.directory, own)
        return cls(database, secret_box, hasher, signer, cache, options, grants, others, passwords, mailing)

    def close(self) -> None:
        """End the threads."""
        self.hasher.close()
        self.passwords.close()
        self.external.close()
