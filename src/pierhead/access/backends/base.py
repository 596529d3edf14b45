"""What a sign-in back end can do: check a password against a directory, or send people to a provider and take them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.external import ExternalUser, FirstSignIn


class PasswordBackend(Protocol):
    """Checks names and passwords. One is in use at a time."""

    @property
    def kind(self) -> str:
        """What `/config` calls AUTHENTICATION_TYPE."""
        ...

    async def check(self, user: StoredUser | None, username: str, password: str) -> StoredUser | ExternalUser | None:
        """Who has this name and password; `user` is the account that the name leads to. None when they do not fit.

        Raises Unavailable when nobody can tell now, and RateLimited when too many others wait.
        """
        ...

    def close(self) -> None:
        """End the threads."""
        ...


class Directory(Protocol):
    """A list of people and groups outside. Its calls block. Each raises Unavailable when the directory cannot be asked."""

    @property
    def service(self) -> str:
        """The name under which logins are kept."""
        ...

    @property
    def base_dn(self) -> str:
        """Below which people and groups are."""
        ...

    @property
    def first_sign_in(self) -> FirstSignIn: ...

    def check_password(self, username: str, password: str) -> ExternalUser | None:
        """The person of this name or e-mail address, if the password is right."""
        ...

    def find_user(self, username: str) -> ExternalUser | None:
        """The person of exactly this name or e-mail address."""
        ...

    def search_users(self, prefix: str, limit: int) -> Sequence[ExternalUser]:
        """People whose names begin so."""
        ...

    def parse_group(self, text: str) -> str:
        """The whole name of a group that is there. Raises GroupNotSynced."""
        ...

    def list_members(self, group: str) -> Sequence[ExternalUser]:
        """Everybody in the group. Raises GroupNotSynced when there is no such group."""
        ...


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to send somebody's browser, and what has to be remembered until it comes back."""

    url: str
    state: str
    nonce: str
    verifier: str


class Provider(Protocol):
    """Somebody else's sign-in page. Its calls raise IssuerFailed when the provider cannot be asked."""

    @property
    def service(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def knows_groups(self) -> bool: ...
    @property
    def first_sign_in(self) -> FirstSignIn: ...

    async def depart(self, redirect_uri: str, now: datetime) -> Departure:
        """Begin a sign-in."""
        ...

    async def arrive(self, code: str, departure: Departure, redirect_uri: str, now: datetime) -> ExternalUser:
        """Whoever came back with this code. Raises SignInFailed."""
        ...

    async def identify_bearer(self, token: str, now: datetime) -> ExternalUser:
        """Whoever a token of the provider is about, if its client may call the API. Raises InvalidToken."""
        ...


class LdapOptions(Protocol):
    """The section `ldap` of the settings."""

    @property
    def url(self) -> str | None: ...
    @property
    def start_tls(self) -> bool: ...
    @property
    def ca_file(self) -> Path | None: ...
    @property
    def bind_dn(self) -> str: ...
    @property
    def bind_password(self) -> str: ...
    @property
    def base_dn(self) -> str: ...
    @property
    def user_base(self) -> str: ...
    @property
    def user_filter(self) -> str: ...
    @property
    def superuser_filter(self) -> str: ...
    @property
    def username_attribute(self) -> str: ...
    @property
    def email_attribute(self) -> str: ...
    @property
    def membership_attribute(self) -> str: ...
    @property
    def link_existing(self) -> str: ...
    @property
    def connect_seconds(self) -> float: ...
    @property
    def answer_seconds(self) -> float: ...


class OidcOptions(Protocol):
    """One of the sections `oidc.<name>` of the settings."""

    @property
    def issuer(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def client_secret(self) -> str | None: ...
    @property
    def title(self) -> str | None: ...
    @property
    def scopes(self) -> str: ...
    @property
    def username_claim(self) -> str: ...
    @property
    def email_claim(self) -> str: ...
    @property
    def groups_claim(self) -> str | None: ...
    @property
    def superuser_group(self) -> str | None: ...
    @property
    def link_existing(self) -> str: ...
    @property
    def create_users(self) -> bool: ...
    @property
    def bearer_clients(self) -> tuple[str, ...]: ...
