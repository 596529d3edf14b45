"""Every setting of Pierhead, in one frozen tree: defaults, then the file `pierhead.toml`, then the environment (`PIERHEAD_...`).

A field's description is its documentation; the reference page is generated from it. The environment name of a nested field
joins the names by `_`: `database.url` is `PIERHEAD_DATABASE_URL`.
"""

import os
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from pierhead.platform.errors import ConfigurationError
from pierhead.settings.content import (
    AppSettings,
    CollectorSettings,
    LayerSettings,
    RegistrySettings,
    SquashSettings,
    StorageSettings,
    TagSettings,
)
from pierhead.settings.people import AccessSettings, LdapSettings, OidcSettings, QuotaSettings, SigninSettings
from pierhead.settings.section import GIB, MIB, Section, split_words

__all__ = [
    "GIB",
    "MIB",
    "AccessSettings",
    "AppSettings",
    "AuditSettings",
    "CollectorSettings",
    "DatabaseSettings",
    "JobSettings",
    "LayerSettings",
    "LdapSettings",
    "LogSettings",
    "MailSettings",
    "OidcSettings",
    "OutboundSettings",
    "QuotaSettings",
    "RegistrySettings",
    "Settings",
    "SigninSettings",
    "SquashSettings",
    "StorageSettings",
    "TagSettings",
    "WebSettings",
    "load_settings",
]


class DatabaseSettings(Section):
    url: str | None = None
    """Where the database is: empty for SQLite in the data folder, or `postgresql://user:password@host/name`."""
    read_threads: int = Field(default=4, ge=1, le=64)
    """Threads of a process that answer reads."""
    write_threads: int = Field(default=4, ge=1, le=64)
    """Threads of a process that write, on PostgreSQL. SQLite has one writer and collects waiting units into one commit."""
    synchronous: str = Field(default="FULL", pattern="^(FULL|NORMAL)$")
    """SQLite: `FULL` survives a power loss at every commit, `NORMAL` may lose the last commits but never corrupts."""

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str | None) -> str | None:
        if value and not value.startswith(("postgresql://", "postgres://", "postgresql+psycopg://", "sqlite:///")):
            raise ValueError("must begin with postgresql:// or sqlite:///")
        return value or None


class AuditSettings(Section):
    kept_days: int = Field(default=0, ge=0, le=36500)
    """Days after which entries of the usage log are removed; 0 keeps them for ever."""


class OutboundSettings(Section):
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Host names and CIDRs that outgoing calls may reach although their address is private; separated by commas."""
    connect_seconds: float = Field(default=5, gt=0)
    """Time for a connection."""
    read_seconds: float = Field(default=15, gt=0)
    """Time between two pieces of an answer."""
    total_seconds: float = Field(default=60, gt=0)
    """Time for a whole call."""
    maximum_answer_bytes: int = Field(default=10 * MIB, ge=1024)
    """Largest answer that is read."""

    split_hosts = field_validator("allowed_hosts", mode="before")(split_words)


class MailSettings(Section):
    host: str = ""
    """The SMTP server that mails go out by; empty sends none. It needs `public_url` too, because links in mails lead there."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """Its port; empty takes the usual one: 587 for `starttls`, 465 for `tls`, 25 for `none`."""
    security: str = Field(default="starttls", pattern="^(starttls|tls|none)$")
    """How the connection is encrypted: `starttls` (begins in the clear and must change), `tls` (from the first byte), `none`."""
    user: str | None = None
    """User name at the server; empty sends without one."""
    password: str | None = None
    """Password at the server. It is never sent over a connection that is not encrypted."""
    sender: str = ""
    """Whom mails come from, such as `Registry <registry@example.com>`."""
    timeout_seconds: float = Field(default=20, gt=0)
    """Time for each step of a conversation with the server."""

    @model_validator(mode="after")
    def _check_credentials(self) -> Self:
        if self.host and not self.sender:
            raise ValueError("mail.sender must name the address that mails come from")
        if self.user and self.security == "none":
            raise ValueError("mail.user needs mail.security starttls or tls: the password would travel in the clear")
        return self


class JobSettings(Section):
    threads: int = Field(default=2, ge=1, le=64)
    """Background jobs that a process runs at once."""
    lease_seconds: float = Field(default=60, ge=1)
    """A job whose worker shows no life for this long is taken over by another worker."""
    poll_seconds: float = Field(default=1, gt=0)
    """How often an idle worker looks for jobs of other processes."""


class WebSettings(Section):
    drain_seconds: int = Field(default=30, ge=0)
    """How long running requests may go on after SIGTERM."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "::1")
    """Addresses and networks of proxies whose `X-Forwarded-For`, `-Proto` and `-Host` headers are believed; separated by commas."""
    metrics_token: str | None = None
    """When set, `/metrics` needs `Authorization: Bearer` with this token."""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins whose pages may call the management API from a browser, also with the user's session, such as `https://portal.example.com`;
    separated by commas. `*` lets every page call it, with a token only."""

    split_proxies = field_validator("trusted_proxies", "cors_origins", mode="before")(split_words)


class LogSettings(Section):
    format: str = Field(default="auto", pattern="^(auto|text|json)$")
    """`text` for people, `json` for machines, `auto`: text on a terminal."""
    level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    """Least level that is written."""


class Settings(BaseSettings):
    """All settings; frozen."""

    model_config = SettingsConfigDict(
        env_prefix="PIERHEAD_", env_nested_delimiter="_", env_nested_max_split=1, frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    data_dir: Path = Path("var")
    """Folder that holds the database, blobs and keys."""
    public_url: str | None = None
    """Address under which clients reach the server, such as `https://registry.example.com`; empty takes it from each request."""
    secret_key: str | None = None
    """Keys that encrypt stored secrets, base64, newest first, separated by white space; empty keeps them in the file `secret.keys` of the data folder."""
    database: DatabaseSettings = DatabaseSettings()
    storage: StorageSettings = StorageSettings()
    registry: RegistrySettings = RegistrySettings()
    tags: TagSettings = TagSettings()
    collector: CollectorSettings = CollectorSettings()
    layers: LayerSettings = LayerSettings()
    squash: SquashSettings = SquashSettings()
    access: AccessSettings = AccessSettings()
    signin: SigninSettings = SigninSettings()
    ldap: LdapSettings = LdapSettings()
    oidc: dict[str, OidcSettings] = Field(default={})
    """OpenID Connect providers by their names, one table `[oidc.<name>]` (or one JSON object in the environment) each."""
    apps: AppSettings = AppSettings()
    audit: AuditSettings = AuditSettings()
    quota: QuotaSettings = QuotaSettings()
    outbound: OutboundSettings = OutboundSettings()
    mail: MailSettings = MailSettings()
    jobs: JobSettings = JobSettings()
    web: WebSettings = WebSettings()
    log: LogSettings = LogSettings()

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str | None) -> str | None:
        if not value:
            return None
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _check_mail(self) -> Self:
        if self.mail.host and not self.public_url:
            raise ValueError("mail.host needs public_url: a link in a mail must not lead where a stranger's request says")
        return self

    @property
    def database_url(self) -> str:
        """The SQLAlchemy address of the database."""
        url = self.database.url or f"sqlite:///{self.data_dir.absolute() / 'pierhead.db'}"
        for scheme in ("postgresql://", "postgres://"):
            if url.startswith(scheme):
                return "postgresql+psycopg://" + url.removeprefix(scheme)
        return url

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = Path(os.environ.get("PIERHEAD_CONFIG", "pierhead.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)


def load_settings(**overrides: object) -> Settings:
    """Read the settings; `overrides` (from the command line) win. Raises ConfigurationError that names each wrong setting."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors())
        raise ConfigurationError(f"The settings are invalid. {problems}") from error
