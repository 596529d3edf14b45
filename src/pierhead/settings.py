"""Every setting of Pierhead, in one frozen tree: defaults, then the file `pierhead.toml`, then the environment (`PIERHEAD_...`).

A field's description is its documentation; the reference page is generated from it. The environment name of a nested field
joins the names by `_`: `database.url` is `PIERHEAD_DATABASE_URL`.
"""

import os
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from pierhead.platform.errors import ConfigurationError

MIB = 1024 * 1024
GIB = 1024 * MIB


def _split(value: object) -> object:
    """Lists come from the environment as words separated by commas."""
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return value


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class DatabaseSettings(_Section):
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


class StorageSettings(_Section):
    backend: str = "local"
    """The blob store: `local` (files in the data folder) or `memory` (tests)."""
    direct_from_bytes: int = Field(default=64 * MIB, ge=0)
    """`local`: the part of an upload beyond this size is written past the system's page cache, so that one huge blob does not throw out
    what everybody pulls; 0 writes everything through the cache."""


class RegistrySettings(_Section):
    read_only: bool = False
    """Take no changes under `/v2`: pushes and deletions answer 405, pulls go on."""
    pushes: bool = True
    """Take pushes; when off they answer 405, while pulls and deletions go on."""
    create_on_push: bool = True
    """A push to a repository that does not exist creates it, where the caller may create repositories."""
    private_on_push: bool = True
    """Repositories created by a push are private."""
    create_namespace_on_push: bool = False
    """A push to a namespace that does not exist creates an organization of that name, owned by the caller."""
    nested_names: bool = True
    """Repository names may hold further slashes: `namespace/a/b`."""
    library_namespace: str | None = "library"
    """Names without a slash go to this namespace; empty refuses them."""
    public_catalog: bool = False
    """`/v2/_catalog` shows public repositories to everybody."""
    maximum_layer_bytes: int = Field(default=20 * GIB, ge=1)
    """Largest blob that is accepted."""
    maximum_manifest_bytes: int = Field(default=4 * MIB, ge=4 * MIB)
    """Largest manifest that is accepted."""
    maximum_tags_per_push: int = Field(default=64, ge=10)
    """How many `tag` parameters one manifest push may carry."""
    upload_expiry_seconds: int = Field(default=2 * 24 * 3600, ge=60)
    """An upload without progress is removed after this time."""
    push_hold_seconds: int = Field(default=3600, ge=1)
    """How long a pushed blob or an untagged manifest is kept for the push that will refer to it."""
    sparse_indexes: bool = True
    """An index may name children that the repository does not hold."""


class TagSettings(_Section):
    change_expiration: bool = True
    """People may say when a tag ends."""
    expiration_minimum_seconds: int = Field(default=3600, ge=0)
    """Shortest life of a tag that ends by itself, counted from when it began to point where it does."""
    expiration_maximum_seconds: int = Field(default=104 * 7 * 24 * 3600, ge=60)
    """Longest life of a tag that ends by itself."""
    window_options: Annotated[tuple[str, ...], NoDecode] = ("0s", "1d", "1w", "2w", "4w")
    """The choices for how long a namespace keeps what was deleted, separated by commas."""
    permanent_deletion: bool = False
    """Tags may be removed for good, past the time machine."""
    immutable: bool = True
    """Tags can be made immutable: by people, by the label of their image, by policies."""
    immutable_can_expire: bool = False
    """An immutable tag may end by itself."""
    auto_prune: bool = True
    """Policies remove old tags."""
    default_prune_policy: str | None = Field(
        default=None, pattern="^(|number_of_tags:[1-9][0-9]{0,5}|(creation_date|last_pull):[1-9][0-9]{0,8}[smhdw])$"
    )
    """A policy for every repository, such as `number_of_tags:100`, `creation_date:90d` or `last_pull:60d`; empty has none."""

    split_options = field_validator("window_options", mode="before")(_split)


class CollectorSettings(_Section):
    enabled: bool = True
    """Remove what no tag needs any more, all the time and beside everything else; off keeps everything for ever."""
    grace_seconds: int = Field(default=3600, ge=1)
    """How long what nothing needs any more is still kept: a push that is under way may come to need it again, and a download goes on.
    It counts for a manifest without a tag, for a blob without a manifest and for bytes without a blob, one after the other."""
    batch: int = Field(default=100, ge=1, le=10_000)
    """Rows of one transaction."""
    transaction_ms: int = Field(default=50, ge=1)
    """A transaction begins nothing further after so many milliseconds."""
    pause_ms: int = Field(default=5, ge=0)
    """Least rest between two transactions; the collector rests at least as long as the last one took."""
    orphan_seconds: int = Field(default=24 * 3600, ge=3600)
    """Files of blobs that no row names are removed when they are older than this."""


class LayerSettings(_Section):
    read_on_push: bool = True
    """Read each layer once after its push: what file trees, comparisons, squashed images and scans begin with."""
    maximum_entries: int = Field(default=1_000_000, ge=1)
    """A layer with more files and folders is not read."""
    maximum_unpacked_bytes: int = Field(default=64 * GIB, ge=MIB)
    """A layer that unpacks to more is not read."""
    maximum_ratio: int = Field(default=400, ge=2)
    """A layer that unpacks to more than so many times its size is not read; looked at beyond 256 MiB."""
    maximum_path_bytes: int = Field(default=4096, ge=256)
    """A layer with a longer path is not read."""
    maximum_depth: int = Field(default=256, ge=16, le=512)
    """A layer with folders nested deeper is not read."""


class SquashSettings(_Section):
    cache_bytes: int = Field(default=20 * GIB, ge=0)
    """How much squashed images may take in the storage; those that nobody asked for the longest are evicted. 0 keeps none."""
    threads: int = Field(default=2, ge=1, le=32)
    """Squashed images that a process makes at once; further ones wait."""


class AccessSettings(_Section):
    token_seconds: int = Field(default=3600, ge=60, le=3600)
    """Lifetime of a `/v2` bearer token."""
    service_key_seconds: int = Field(default=2 * 3600, ge=600)
    """Lifetime of a signing key; a new one is made at half of it."""
    session_seconds: int = Field(default=31 * 24 * 3600, ge=300)
    """Lifetime of a web session."""
    fresh_login_seconds: int = Field(default=600, ge=30)
    """Dangerous calls ask for the password again when the sign-in is older than this."""
    login_attempts: int = Field(default=10, ge=1)
    """Failed sign-ins of one account (or one address) before further ones are slowed down."""
    user_creation: bool = True
    """Strangers may create an account."""
    invited_users_only: bool = False
    """Only somebody who brings the code of a mailed invitation may create an account; needs mail."""
    team_invitations: bool = True
    """With mail, a user who is in no team of an organization is invited into the first one, and joins by accepting."""
    user_rename: bool = False
    """Users may change their own name. Superusers may rename organizations in any case."""
    recovery_seconds: int = Field(default=1800, ge=60, le=7 * 24 * 3600)
    """How long a mailed link works that signs in without the password."""
    robot_overlap_seconds: int = Field(default=0, ge=0, le=30 * 24 * 3600)
    """How long a robot's old token goes on working beside a new one, unless the call that asks for the new one says otherwise."""
    user_initialize: bool = True
    """`POST /api/v1/user/initialize` creates the first superuser of an empty database."""
    credential_cache_seconds: int = Field(default=60, ge=0)
    """How long a verified password is remembered in memory (as a keyed hash), so that clients which send Basic with every request stay cheap."""
    encrypted_passwords_only: bool = False
    """Refuse plain account passwords on `/v2`; only tokens and encrypted passwords work."""
    browser_calls_xhr_only: bool = False
    """Refuse what a browser asks of `/api/v1` by a link or an address that was typed: only calls of scripts on a page are answered."""
    assign_oauth_tokens: bool = True
    """Admins of an organization may let other users get a token of its OAuth applications."""
    direct_oauth_clients: Annotated[tuple[str, ...], NoDecode] = ()
    """Client ids of OAuth applications that get a token by `POST /oauth/authorizeapp` with user name and password alone, without a CSRF token;
    separated by commas."""
    superusers_full_access: bool = False
    """Superusers may do in every namespace and repository what its admins may; entries of the usage log then carry `superuser_access`."""
    global_readers: Annotated[tuple[str, ...], NoDecode] = ()
    """Names of users that may read everything, pull every image and change nothing; separated by commas."""
    restricted_users: bool = False
    """Users may create no repository in their own namespace, nor may their robots; organizations are left."""
    unrestricted_users: Annotated[tuple[str, ...], NoDecode] = ()
    """Names of users to whom `access.restricted_users` does not apply; separated by commas. It never applies to superusers."""
    superuser_config_dump: bool = False
    """Superusers may see every setting, secrets masked, by `GET /api/v1/superuser/config`."""
    superuser_shutdown: bool = False
    """Superusers may end the server by `POST /api/v1/superuser/shutdown`; whoever started it (systemd, Kubernetes) then starts it again."""
    organizations_by_superusers_only: bool = False
    """Only superusers may create organizations."""

    split_names = field_validator("global_readers", "unrestricted_users", "direct_oauth_clients", mode="before")(_split)


class SigninSettings(_Section):
    direct: bool = True
    """People may sign in with a name and a password; when off, only the providers of `[oidc]` let them in by the web, and robots and tokens stay."""
    federation_audiences: Annotated[tuple[str, ...], NoDecode] = ()
    """What the `aud` of a keyless robot's OIDC token may be, separated by commas; empty takes the host and the address of `public_url`."""
    insecure_issuers: bool = False
    """OIDC issuers may be called by http, for tests; tokens and secrets are then readable on the way."""
    team_sync_by_admins: bool = False
    """Admins of organizations may let teams follow a group; otherwise only those who are superusers too."""
    team_sync_seconds: int = Field(default=1800, ge=60)
    """How long a team that follows an LDAP group stays as it is before the group is asked again."""

    split_audiences = field_validator("federation_audiences", mode="before")(_split)


class LdapSettings(_Section):
    url: str | None = None
    """The directory that checks passwords, `ldaps://directory.example.com` or `ldap://...`; empty keeps passwords in the own database."""
    start_tls: bool = False
    """Encrypt an `ldap://` connection before anything else is said."""
    ca_file: Path | None = None
    """Certificates of the authorities that are trusted, in PEM; empty trusts those of the system."""
    bind_dn: str = ""
    """Who searches the directory; empty searches without a name."""
    bind_password: str = Field(default="", repr=False)
    """The password of `bind_dn`."""
    base_dn: str = ""
    """Where people and groups are, such as `dc=example,dc=com`."""
    user_base: str = ""
    """Where people are; empty looks below `base_dn`."""
    user_filter: str = "(objectClass=person)"
    """What an entry must match to be a person who may sign in."""
    superuser_filter: str = ""
    """Whoever matches it is a superuser, and nobody else; asked at each sign-in. Empty leaves superusers as they are."""
    username_attribute: str = "uid"
    """The attribute that people sign in with; `sAMAccountName` in Active Directory."""
    email_attribute: str = "mail"
    """The attribute that holds the e-mail address; people may sign in with it too."""
    membership_attribute: str = "memberOf"
    """The attribute of people that names their groups; empty reads `member`, `uniqueMember` and `memberUid` of the group instead."""
    link_existing: str = Field(default="never", pattern="^(never|name|email)$")
    """Whether the first sign-in takes over an account that is there: one of the same `name`, or of the same `email` address, or `never`."""
    connect_seconds: float = Field(default=5, gt=0)
    """Time for a connection."""
    answer_seconds: float = Field(default=10, gt=0)
    """Time for an answer."""

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str | None) -> str | None:
        if value and not value.startswith(("ldap://", "ldaps://")):
            raise ValueError("must begin with ldap:// or ldaps://")
        return value or None


class OidcSettings(_Section):
    issuer: str
    """The provider's address, whose `/.well-known/openid-configuration` tells everything else."""
    client_id: str
    """The client's id at the provider."""
    client_secret: str | None = Field(default=None, repr=False)
    """The client's secret; empty for a public client, which PKCE protects."""
    title: str | None = None
    """What the sign-in button says; empty takes the provider's name."""
    scopes: str = "openid profile email"
    """What is asked of the provider, separated by spaces."""
    username_claim: str = "preferred_username"
    """The claim that a new account is named after."""
    email_claim: str = "email"
    """The claim that holds the e-mail address."""
    groups_claim: str | None = None
    """The claim that lists the user's groups; needed for synced teams and `superuser_group`."""
    superuser_group: str | None = None
    """Whoever is in this group is a superuser, and nobody else; asked at each sign-in. Empty leaves superusers as they are."""
    link_existing: str = Field(default="never", pattern="^(never|email)$")
    """Whether the first sign-in takes over the account of the same `email` address, if the provider has verified it, or `never`."""
    create_users: bool = True
    """The first sign-in creates an account; otherwise only accounts that are attached already may sign in."""
    bearer_clients: Annotated[tuple[str, ...], NoDecode] = ()
    """Clients (`azp`) whose access tokens the API takes as bearer tokens, separated by commas; `aud` must name our client."""

    split_clients = field_validator("bearer_clients", mode="before")(_split)


class AppSettings(_Section):
    maximum_package_bytes: int = Field(default=MIB, ge=1024, le=256 * MIB)
    """Largest package that an application repository takes."""


class AuditSettings(_Section):
    kept_days: int = Field(default=0, ge=0, le=36500)
    """Days after which entries of the usage log are removed; 0 keeps them for ever."""


class QuotaSettings(_Section):
    management: bool = True
    """Namespaces have quotas: the API serves them, and lists show what namespaces use. What they use is counted in any case."""
    edit: bool = True
    """Superusers may give quotas to namespaces; when off, only the default quota of these settings counts."""
    verify: bool = True
    """Hold pushes to the quotas; when off, they are only shown."""
    default_bytes: int = Field(default=0, ge=0)
    """The quota of each namespace that has none of its own; 0 for none."""
    default_warning_percent: int = Field(default=80, ge=0, le=100)
    """At this share of the default quota a warning is given; 0 for none."""
    default_reject_percent: int = Field(default=100, ge=0, le=100)
    """At this share of the default quota pushes are refused; 0 for never."""


class OutboundSettings(_Section):
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

    split_hosts = field_validator("allowed_hosts", mode="before")(_split)


class MailSettings(_Section):
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


class JobSettings(_Section):
    threads: int = Field(default=2, ge=1, le=64)
    """Background jobs that a process runs at once."""
    lease_seconds: float = Field(default=60, ge=1)
    """A job whose worker shows no life for this long is taken over by another worker."""
    poll_seconds: float = Field(default=1, gt=0)
    """How often an idle worker looks for jobs of other processes."""


class WebSettings(_Section):
    drain_seconds: int = Field(default=30, ge=0)
    """How long running requests may go on after SIGTERM."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "::1")
    """Addresses and networks of proxies whose `X-Forwarded-For`, `-Proto` and `-Host` headers are believed; separated by commas."""
    metrics_token: str | None = None
    """When set, `/metrics` needs `Authorization: Bearer` with this token."""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins whose pages may call the management API from a browser, also with the user's session, such as `https://portal.example.com`;
    separated by commas. `*` lets every page call it, with a token only."""

    split_proxies = field_validator("trusted_proxies", "cors_origins", mode="before")(_split)


class LogSettings(_Section):
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
