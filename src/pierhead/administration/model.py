"""What administration asks for and shows: spans of the usage log, whose log it is, accounts as superusers see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.names import is_storable
from pierhead.accounts.model.quotas import QuotaReport
from pierhead.audit.model import DayCount, LogEntry, LogFilter, LogPosition
from pierhead.platform.errors import Conflict, Denied, Invalid, NotFound

_DATE = "%m/%d/%Y"
_DAY = timedelta(days=1)
# A calendar month, as clients ask for it, and the day that is added to its end.
_LONGEST_COUNTED = timedelta(days=32)


class InvalidSpan(Invalid):
    """The end lies before the start."""

    message = "The end of the span lies before its start."


class SpanTooLong(Invalid):
    """Counting by day is for a month at most."""

    message = "Cannot look up aggregated logs over a period longer than a month."


class InvalidFilter(Invalid):
    """A filter that nothing could ever match."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The filter '{name}' holds characters that no entry can hold.")


class SuperuserProtected(Invalid):
    """Superusers are changed by the command line only, so that none locks another out."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: `since` is inclusive, `until` exclusive."""

    since: datetime
    until: datetime


def parse_span(start: str | None, end: str | None, now: datetime) -> Span:
    """The days from `start` to `end`, both MM/DD/YYYY and included; what is missing or no date is yesterday and today (api-v1/logs, section 1).

    Raises InvalidSpan.
    """
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = _parse_date(start) or today - _DAY
    last = _parse_date(end) or today
    if last.date() == date.max:
        raise InvalidSpan
    until = last + _DAY
    if until < since:
        raise InvalidSpan
    return Span(since, until)


def _parse_date(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text or "", _DATE).replace(tzinfo=UTC)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class OwnLog:
    """The log of the caller's own namespace."""


@dataclass(frozen=True, slots=True)
class OrganizationLog:
    """The log of a namespace."""

    name: str


@dataclass(frozen=True, slots=True)
class RepositoryLog:
    """The log of a repository; `name` is whole."""

    name: str


@dataclass(frozen=True, slots=True)
class WholeLog:
    """The log of the whole server, or what concerns one namespace."""

    namespace: str | None = None


LogSource = OwnLog | OrganizationLog | RepositoryLog | WholeLog


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What a client wants to see of a log, in the words of its query; None does not matter."""

    start: str | None = None
    end: str | None = None
    performer: str | None = None
    kind: str | None = None
    tag: str | None = None

    def filter(self, now: datetime) -> LogFilter:
        """The entries of every namespace that are wanted. Raises InvalidSpan and InvalidFilter."""
        for name, text in (("performer", self.performer), ("kind", self.kind), ("tag", self.tag)):
            if text is not None and not is_storable(text):
                raise InvalidFilter(name)
        span = parse_span(self.start, self.end, now)
        return LogFilter(span.since, span.until, performer=self.performer or None, kind=self.kind or None, tag=self.tag or None)


def require_countable(wanted: LogFilter) -> None:
    """Raises SpanTooLong."""
    if wanted.until - wanted.since > _LONGEST_COUNTED:
        raise SpanTooLong


@dataclass(frozen=True, slots=True)
class NamedAccount:
    """What a list shows of an account that it mentions."""

    id: int
    name: str
    email: str | None
    is_organization: bool


@dataclass(frozen=True, slots=True)
class LogView:
    """A page of a log, with what its entries refer to; what is gone is missing. `namespaces` is filled for superusers only."""

    span: Span
    entries: list[LogEntry]
    following: LogPosition | None
    performers: Mapping[str, NamedAccount]
    namespaces: Mapping[int, NamedAccount]
    repositories: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class LogCounts:
    """How often each kind happened on each day."""

    span: Span
    counts: list[DayCount]


class ShownUser(Protocol):
    """What superusers see of a user; an `Account` is one."""

    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str | None: ...
    @property
    def is_verified(self) -> bool: ...
    @property
    def is_superuser(self) -> bool: ...
    @property
    def is_enabled(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """A user or organization in a list."""

    id: int
    name: str
    email: str | None
    is_verified: bool
    is_superuser: bool
    is_enabled: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Accounts in the order of their creation, and the row behind which the next page begins; None when there is none."""

    accounts: list[ListedAccount]
    following: int | None
    quotas: Mapping[int, QuotaReport] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What a superuser wants changed; None leaves it as it is."""

    password: str | None = None
    email: str | None = None
    enabled: bool | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ChangedUser:
    """A user after a change. `encrypted_password` is there when the password was set, `password` when the server chose it."""

    user: Account
    password: str | None = None
    encrypted_password: str | None = None


class Severity(StrEnum):
    """How loudly a message is shown."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class MediaType(StrEnum):
    """How the text of a message is read."""

    PLAIN = "text/plain"
    MARKDOWN = "text/markdown"


@dataclass(frozen=True, slots=True)
class GlobalMessage:
    """A message to everybody."""

    uuid: str
    content: str
    media_type: MediaType
    severity: Severity


class InvalidMessage(Invalid):
    """A text that is empty, too long or cannot be stored."""

    message = "A message has 1 to 4096 characters."


class TooManyMessages(Invalid):
    """Nobody reads that many."""

    message = "There are 100 messages already. Please delete one first."


class MessageNotFound(NotFound):
    """There is no such message."""

    message = "Not Found"


class InvalidCallback(Invalid):
    """Where the export is to be announced is missing or cannot be called."""

    message = "Invalid callback URL"


@dataclass(frozen=True, slots=True)
class LogExport:
    """What an export holds; sealed, it is the address of its file."""

    export_id: str
    since: datetime
    until: datetime
    namespace_id: int | None
    repository_id: int | None
    namespace: str
    repository: str | None

    @property
    def filter(self) -> LogFilter:
        """The entries that are meant."""
        return LogFilter(self.since, self.until, namespace_id=self.namespace_id, repository_id=self.repository_id)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key; `metadata` is JSON text. `is_own` marks those that the registry makes, uses and renews itself."""

    kid: str
    service: str
    name: str
    public_jwk: str
    metadata: str
    created_at: datetime
    expires_at: datetime | None
    approver_id: int | None
    approved_at: datetime | None
    notes: str
    approver: str | None = None
    approver_email: str | None = None
    is_own: bool = False

    def verifies(self, now: datetime) -> bool:
        """Whether what it signed is to be believed."""
        return self.approved_at is not None and (self.expires_at is None or self.expires_at > now)


class InvalidKey(Invalid):
    """Something that no key can have."""


class KeyNotFound(NotFound):
    """There is no such key."""

    message = "There is no such key, or it has expired."


class KeyUnapproved(Conflict):
    """Nobody has approved the key."""

    message = "The key has not been approved."


class KeyExpired(Denied):
    """The key is over."""

    message = "The key has expired."


class KeyRenewsItself(Invalid):
    """Nobody changes or deletes the keys of the registry."""

    message = "This key signs the registry's own tokens: it renews itself and cannot be changed."
