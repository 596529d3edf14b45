"""The sign-in back ends by name. A new one is a file beside this and a line here."""

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from pierhead.access.backends.base import Directory, LdapOptions, OidcOptions, Provider
from pierhead.access.issuers import Issuers
from pierhead.platform.errors import ConfigurationError

# Loaded when the settings ask for them: their libraries take longer than the rest of the start.
BACKENDS: Final[Mapping[str, str]] = {
    "ldap": "pierhead.access.backends.ldap",
    "oidc": "pierhead.access.backends.oidc",
}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
# Names of other services, and the first words of other addresses.
_RESERVED = frozenset({*BACKENDS, "federation", "local", "quayrobot"}) - {"oidc"}


def open_directory(options: LdapOptions) -> Directory | None:
    """The directory that the settings name. Raises ConfigurationError."""
    if options.url is None:
        return None
    directory: Directory = _load("ldap").create(options)
    return directory


def open_providers(options: Mapping[str, OidcOptions], issuers: Issuers) -> dict[str, Provider]:
    """Every provider of the settings. Raises ConfigurationError for a name that cannot stand in an address."""
    for name in options:
        if not _NAME.fullmatch(name) or name in _RESERVED:
            raise ConfigurationError(
                f"oidc.{name}: the name of a provider has 1 to 64 lower-case letters, digits, dashes and underscores, "
                f"and is none of {', '.join(sorted(_RESERVED))}."
            )
    return {name: _load("oidc").create(name, one, issuers) for name, one in options.items()}


def _load(name: str) -> Any:
    return import_module(BACKENDS[name])
