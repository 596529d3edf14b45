"""Settings of people and what they may do: access, sign-in from elsewhere, quotas."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from pierhead.settings.section import Section, split_words


class AccessSettings(Section):
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

    split_names = field_validator("global_readers", "unrestricted_users", "direct_oauth_clients", mode="before")(split_words)


class SigninSettings(Section):
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

    split_audiences = field_validator("federation_audiences", mode="before")(split_words)


class LdapSettings(Section):
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


class OidcSettings(Section):
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

    split_clients = field_validator("bearer_clients", mode="before")(split_words)


class QuotaSettings(Section):
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
