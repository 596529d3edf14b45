"""The rules of names, e-mail addresses and passwords (api-v1, section 3.1)."""

import re

from pierhead.accounts.model.errors import (
    InvalidDescription,
    InvalidDetail,
    InvalidEmail,
    InvalidName,
    InvalidPassword,
    InvalidTeamDescription,
    ReservedName,
)

_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*", re.ASCII)
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,189}")
_WHITE_SPACE = re.compile(r"\s")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MAXIMUM_PASSWORD_LENGTH = 1024
_MAXIMUM_TEAM_DESCRIPTION_LENGTH = 4096
MAXIMUM_LENGTH = 255
MAXIMUM_TAG_WINDOW_SECONDS = 10 * 365 * 24 * 3600

# The first parts of the server's own addresses: a namespace of that name would hide behind them.
RESERVED_NAMES = frozenset(
    {
        "api", "c1", "cnr", "config", "confirm", "confirminvite", "csrf_token", "customtrigger", "exportedlogs", "health", "keys", "logarchive",
        "authrepoemail", "buildlogs", "metrics", "oauth", "oauth2", "realtime", "recovery", "repository", "secscan", "static", "signin", "signout",
        "organization", "user", "userfiles", "v1", "v2", "webhooks",
    }
)  # fmt: skip


def is_storable(text: str) -> bool:
    """Whether both databases can keep the text: no NUL, no half of a surrogate pair."""
    return _UNSTORABLE.search(text) is None


def is_name(text: str) -> bool:
    """Whether the text may name a namespace, a team or the short part of a robot."""
    return 2 <= len(text) <= MAXIMUM_LENGTH and _NAME.fullmatch(text) is not None


def parse_namespace_name(text: str, what: str) -> str:
    """Raises InvalidName and ReservedName; `what` is `user` or `organization`."""
    if not is_name(text):
        raise InvalidName(what, text)
    if text in RESERVED_NAMES:
        raise ReservedName(text)
    return text


def parse_short_name(text: str, what: str) -> str:
    """The name of a team, or of a robot within its namespace."""
    if not is_name(text):
        raise InvalidName(what, text)
    return text


def join_robot_name(namespace: str, short: str) -> str:
    """`namespace+short`. Raises InvalidName when the whole is too long."""
    name = f"{namespace}+{parse_short_name(short, 'robot')}"
    if len(name) > MAXIMUM_LENGTH:
        raise InvalidName("robot", short)
    return name


def parse_email(text: str) -> str:
    """The address in lower case: two accounts never differ in capitals alone."""
    if len(text) > MAXIMUM_LENGTH or not text.isprintable() or not _EMAIL.fullmatch(text):
        raise InvalidEmail
    return text.lower()


def parse_password(text: str) -> str:
    """At least 8 characters, no white space; the upper limit only keeps hashing cheap."""
    if not 8 <= len(text) <= _MAXIMUM_PASSWORD_LENGTH or _WHITE_SPACE.search(text) or not is_storable(text):
        raise InvalidPassword
    return text


def parse_description(text: str) -> str:
    """At most 255 characters that any database can store."""
    if len(text) > MAXIMUM_LENGTH or not is_storable(text):
        raise InvalidDescription
    return text


def parse_team_description(text: str) -> str:
    """At most 4096 characters that any database can store."""
    if len(text) > _MAXIMUM_TEAM_DESCRIPTION_LENGTH or not is_storable(text):
        raise InvalidTeamDescription
    return text


def parse_detail(what: str, text: str | None) -> str | None:
    """A person's or company's name, a place; empty text stands for none."""
    if not text:
        return None
    if len(text) > MAXIMUM_LENGTH or not text.isprintable() or not is_storable(text):
        raise InvalidDetail(what)
    return text
