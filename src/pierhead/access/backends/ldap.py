"""A directory that is asked by LDAP: people sign in with its passwords, and teams follow its groups."""

import math
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import ldap3
import structlog
from ldap3.core.exceptions import LDAPException, LDAPInvalidDnError
from ldap3.operation.search import parse_filter
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import parse_dn

from pierhead.access.backends.base import LdapOptions
from pierhead.access.model.errors import DirectoryFailed
from pierhead.access.model.external import LONGEST_SUBJECT, ExternalUser, FirstSignIn, GroupNotSynced, LinkRule
from pierhead.platform.errors import ConfigurationError

SERVICE = "ldap"
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*", re.ASCII)
_GROUP_ATTRIBUTES = ("member", "uniqueMember", "memberUid")
_SUCCESS, _TOO_MANY, _NO_SUCH_ENTRY = 0, 4, 32
_TRY_LATER = frozenset({51, 52, 80})  # busy, unavailable, other
_PAGE = 500
_MOST_MEMBERS = 10_000
_LONGEST_GROUP = 1000
_log = structlog.get_logger("pierhead.access")


@dataclass(frozen=True, slots=True)
class _Entry:
    dn: str
    attributes: dict[str, list[str]]

    def first(self, name: str) -> str | None:
        values = self.attributes.get(name.lower())
        return values[0] if values and values[0] else None


class _StrictTls(ldap3.Tls):  # type: ignore[misc]  # the library has no types
    """TLS as Python does it: the certificate is for the host that was asked for, by the name that is told to it."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = context

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        connection.socket = self._context.wrap_socket(connection.socket, server_hostname=connection.server.host)


class LdapDirectory:
    """Makes a connection for each question, so that nothing is shared between threads and nothing goes stale."""

    service = SERVICE

    def __init__(self, options: LdapOptions) -> None:
        """Raises ConfigurationError for settings that cannot work."""
        self._options = options
        self.base_dn = options.base_dn
        self._person = _parse_filter("ldap.user_filter", options.user_filter)
        self._superuser = _parse_filter("ldap.superuser_filter", options.superuser_filter) if options.superuser_filter else None
        for name in ("username_attribute", "email_attribute", "membership_attribute"):
            value = getattr(options, name)
            if not _ATTRIBUTE.fullmatch(value) and not (name == "membership_attribute" and not value):
                raise ConfigurationError(f"ldap.{name}: {value!r} is not the name of an attribute.")
        if not options.base_dn:
            raise ConfigurationError("ldap.base_dn: it is needed, such as dc=example,dc=com.")
        self.first_sign_in = FirstSignIn(LinkRule(options.link_existing))
        self._server = _make_server(options)

    def check_password(self, username: str, password: str) -> ExternalUser | None:
        """Find the person by name or e-mail address, then bind as that person. Raises DirectoryFailed."""
        # A bind with a name and no password succeeds without proving anything (RFC 4513, section 5.1.2).
        if not password:
            return None
        with self._search_connection() as connection:
            entry = self._find_person(connection, username)
            user = None if entry is None else self._make_user(entry)
            if entry is None or user is None or not self._is_password_of(entry.dn, password):
                return None
            if self._superuser is None:
                return user
            is_superuser = bool(self._search(connection, entry.dn, self._superuser, ldap3.BASE, 1))
            return _with_superuser(user, is_superuser)

    def find_user(self, username: str) -> ExternalUser | None:
        """The person of this name or e-mail address. Raises DirectoryFailed."""
        with self._search_connection() as connection:
            entry = self._find_person(connection, username)
            return None if entry is None else self._make_user(entry)

    def search_users(self, prefix: str, limit: int) -> Sequence[ExternalUser]:
        """People whose names begin so, in the directory's order. Raises DirectoryFailed."""
        if not prefix or len(prefix) > LONGEST_SUBJECT:
            return []
        wanted = f"(&{self._person}({self._options.username_attribute}={escape_filter_chars(prefix)}*))"
        with self._search_connection() as connection:
            return self._make_users(self._search(connection, self._people, wanted, ldap3.SUBTREE, limit))

    def parse_group(self, text: str) -> str:
        """The whole DN of a group; what does not end with the base is taken to lie below it. Raises GroupNotSynced and DirectoryFailed."""
        short = text.strip()
        if not short or len(short) > _LONGEST_GROUP:
            raise GroupNotSynced("a group is named by its DN.")
        base = self._options.base_dn
        try:
            parts, root = _fold(short), _fold(base)
        except LDAPInvalidDnError as error:
            raise GroupNotSynced("the name is not a DN, such as cn=staff,ou=groups.") from error
        group = short if parts[-len(root) :] == root else f"{short},{base}"
        with self._search_connection() as connection:
            self._read_group(connection, group)
        return group

    def list_members(self, group: str) -> Sequence[ExternalUser]:
        """Everybody in the group who may sign in, at most 10,000. Raises GroupNotSynced and DirectoryFailed."""
        with self._search_connection() as connection:
            found = self._read_group(connection, group)
            attribute = self._options.membership_attribute
            if attribute:
                wanted = f"(&{self._person}({attribute}={escape_filter_chars(group)}))"
                return self._make_users(self._search_pages(connection, wanted))
            return self._make_users(self._read_members(connection, found))

    @property
    def _people(self) -> str:
        return self._options.user_base or self._options.base_dn

    @property
    def _attributes(self) -> list[str]:
        return [self._options.username_attribute, self._options.email_attribute]

    @contextmanager
    def _search_connection(self) -> Iterator[Any]:
        """A connection that may search. Raises DirectoryFailed for everything that goes wrong on it."""
        try:
            connection = self._connect(self._options.bind_dn, self._options.bind_password)
            try:
                if connection.result["result"] != _SUCCESS:
                    raise _failed(f"the bind of ldap.bind_dn was refused: {connection.result['description']}")
                yield connection
            finally:
                connection.unbind()
        except LDAPException as error:
            raise _failed(str(error)) from error

    def _connect(self, dn: str, password: str) -> Any:
        """A connection that has tried to bind; its `result` says how that went."""
        options = self._options
        connection = ldap3.Connection(
            self._server,
            user=dn or None,
            password=password or None,
            authentication=ldap3.SIMPLE if dn else ldap3.ANONYMOUS,
            auto_referrals=False,
            check_names=False,
            read_only=True,
            receive_timeout=math.ceil(options.answer_seconds),
        )
        try:
            connection.open()
            if options.start_tls:
                connection.start_tls()
            connection.bind()
        except LDAPException:
            # The library leaves the socket open when something goes wrong before the bind.
            if connection.socket is not None:
                connection.socket.close()
            raise
        return connection

    def _is_password_of(self, dn: str, password: str) -> bool:
        connection = self._connect(dn, password)
        code = connection.result["result"]
        connection.unbind()
        if code in _TRY_LATER:
            raise _failed(f"the bind of a user failed with {code}")
        return bool(code == _SUCCESS)

    def _find_person(self, connection: Any, username: str) -> _Entry | None:
        if not username or len(username) > LONGEST_SUBJECT:
            return None
        options, value = self._options, escape_filter_chars(username)
        wanted = f"(&{self._person}(|({options.username_attribute}={value})({options.email_attribute}={value})))"
        found = self._search(connection, self._people, wanted, ldap3.SUBTREE, 2)
        if len(found) > 1:
            _log.warning("several people of the directory have the same name or address; none of them can sign in with it")
        return found[0] if len(found) == 1 else None

    def _search(self, connection: Any, base: str, wanted: str, scope: str, limit: int) -> list[_Entry]:
        connection.search(
            base, wanted, scope, attributes=self._attributes, size_limit=limit, time_limit=math.ceil(self._options.answer_seconds)
        )
        code = connection.result["result"]
        if code not in (_SUCCESS, _TOO_MANY, _NO_SUCH_ENTRY):
            raise _failed(f"a search failed: {connection.result['description']}")
        return _read_entries(connection.response)

    def _search_pages(self, connection: Any, wanted: str) -> list[_Entry]:
        pages = connection.extend.standard.paged_search(
            self._people, wanted, ldap3.SUBTREE, attributes=self._attributes, paged_size=_PAGE, generator=True
        )
        found: list[_Entry] = []
        for item in pages:
            found += _read_entries([item])
            if len(found) > _MOST_MEMBERS:
                raise GroupNotSynced(f"the group has more than {_MOST_MEMBERS} members.")
        return found

    def _read_group(self, connection: Any, group: str) -> _Entry:
        connection.search(group, "(objectClass=*)", ldap3.BASE, attributes=list(_GROUP_ATTRIBUTES))
        found = _read_entries(connection.response) if connection.result["result"] == _SUCCESS else []
        if not found:
            raise GroupNotSynced("the directory has no such group.")
        return found[0]

    def _read_members(self, connection: Any, group: _Entry) -> list[_Entry]:
        dns = [*group.attributes.get("member", ()), *group.attributes.get("uniquemember", ())]
        names = group.attributes.get("memberuid", [])
        if len(dns) + len(names) > _MOST_MEMBERS:
            raise GroupNotSynced(f"the group has more than {_MOST_MEMBERS} members.")
        found = [entry for dn in dns for entry in self._search(connection, dn, self._person, ldap3.BASE, 1)]
        attribute = self._options.username_attribute
        for name in names:
            wanted = f"(&{self._person}({attribute}={escape_filter_chars(name)}))"
            found += self._search(connection, self._people, wanted, ldap3.SUBTREE, 1)
        return found

    def _make_users(self, entries: Sequence[_Entry]) -> list[ExternalUser]:
        users = {user.subject: user for user in map(self._make_user, entries) if user is not None}
        return list(users.values())

    def _make_user(self, entry: _Entry) -> ExternalUser | None:
        """People are known by their names in lower case, as the directory compares them; an entry without a name is nobody."""
        name = entry.first(self._options.username_attribute)
        if name is None or len(name) > LONGEST_SUBJECT:
            return None
        return ExternalUser(SERVICE, name.lower(), name, entry.first(self._options.email_attribute), is_email_verified=True)


def create(options: LdapOptions) -> LdapDirectory:
    """The directory of the settings. Raises ConfigurationError."""
    return LdapDirectory(options)


def _make_server(options: LdapOptions) -> Any:
    secure = (options.url or "").startswith("ldaps://")
    tls = None
    if secure or options.start_tls:
        if options.ca_file is not None and not options.ca_file.is_file():
            raise ConfigurationError(f"ldap.ca_file: there is no file {options.ca_file}.")
        tls = _StrictTls(ssl.create_default_context(cafile=options.ca_file))
    try:
        return ldap3.Server(options.url, use_ssl=secure, tls=tls, get_info=ldap3.NONE, connect_timeout=math.ceil(options.connect_seconds))
    except LDAPException as error:
        raise ConfigurationError(f"ldap.url: {error}") from error


def _parse_filter(setting: str, text: str) -> str:
    """The filter in parentheses. Raises ConfigurationError."""
    complete = text if text.startswith("(") else f"({text})"
    try:
        parse_filter(complete, None, auto_escape=True, auto_encode=False, validator=None, check_names=False)
    except LDAPException as error:
        raise ConfigurationError(f"{setting}: {text!r} is not an LDAP filter.") from error
    return complete


def _fold(dn: str) -> list[tuple[str, str]]:
    return [(name.lower(), value.lower()) for name, value, _ in parse_dn(dn, strip=True)]


def _read_entries(response: Sequence[dict[str, Any]] | None) -> list[_Entry]:
    """Entries only: references to other directories are not followed."""
    return [
        _Entry(
            item["dn"],
            {name.lower(): [value.decode("utf-8", "replace") for value in values] for name, values in item["raw_attributes"].items()},
        )
        for item in response or ()
        if item["type"] == "searchResEntry"
    ]


def _with_superuser(user: ExternalUser, is_superuser: bool) -> ExternalUser:
    return ExternalUser(user.service, user.subject, user.username, user.email, user.is_email_verified, user.groups, is_superuser)


def _failed(reason: str) -> DirectoryFailed:
    _log.warning("the directory could not be asked", reason=reason)
    return DirectoryFailed()
