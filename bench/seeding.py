"""A made-up company of any size: users, organizations, repositories, what they may do, and years of usage log."""

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pierhead.repositories.model import cut_grams

Rows = Iterator[tuple[Any, ...]]

TEAMS = (("owners", "admin"), ("makers", "creator"), ("readers", "member"))
MEMBERS_OF_A_TEAM = 5
WORDS = (
    "api", "auth", "billing", "build", "cache", "cart", "catalog", "chat", "cron", "data", "docs", "edge", "export", "feed", "gateway",
    "ingest", "ledger", "mail", "metrics", "mobile", "nginx", "orders", "panel", "proxy", "queue", "report", "search", "shop", "stock",
    "stream", "sync", "ticket", "token", "upload", "vault", "web", "worker",
)  # fmt: skip
KINDS = (
    "pull_repo",
    "pull_repo",
    "pull_repo",
    "push_repo",
    "create_tag",
    "move_tag",
    "login_success",
    "add_repo_permission",
    "create_repo",
)
_PUBLIC_SHARE = 0.1
_LOG_DAYS = 365


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of everything."""

    users: int = 10_000
    organizations: int = 1_000
    repositories: int = 50_000
    log_rows: int = 5_000_000


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one table, in the order of the columns."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[], Rows]
    count: int


class Company:
    """The same company for the same size: every row follows from its number."""

    def __init__(self, size: Size, *, now: datetime | None = None) -> None:
        self.size = size
        self.now = now or datetime(2026, 11, 24, 12, tzinfo=UTC)
        self._namespaces = size.users + size.organizations

    def user(self, number: int) -> str:
        return f"user{number % self.size.users:05}"

    def organization(self, number: int) -> str:
        return f"org{number % self.size.organizations:04}"

    def repository(self, number: int) -> str:
        """Three of four belong to organizations."""
        short = f"{WORDS[number % len(WORDS)]}-{WORDS[number * 7 % len(WORDS)]}-{number}"
        return f"{self._owner_name(number)}/{short}"

    def tables(self) -> tuple[Table, ...]:
        """In an order that foreign keys allow."""
        size = self.size
        teams = size.organizations * len(TEAMS)
        return (
            Table("account", _ACCOUNT, self._accounts, self._namespaces),
            Table("team", ("id", "organization_id", "name", "role", "description"), self._teams, teams),
            Table("team_member", ("id", "team_id", "user_id"), self._members, teams * MEMBERS_OF_A_TEAM),
            Table("repository", _REPOSITORY, self._repositories, size.repositories),
            Table("repository_permission", ("id", "repository_id", "user_id", "team_id", "role"), self._permissions, size.repositories * 2),
            Table("repository_gram", ("gram", "name"), self._grams, size.repositories * 25),
            Table("pull_counter", ("repository_id", "tag", "pulls", "last_pulled_at"), self._counters, size.repositories),
            Table("audit_log", _LOG, self._log, size.log_rows),
        )

    def _owner(self, number: int) -> int:
        """The row id of a repository's namespace: users come first."""
        if number % 4 == 0:
            return 1 + number % self.size.users
        return 1 + self.size.users + number % self.size.organizations

    def _owner_name(self, number: int) -> str:
        return self.user(number) if number % 4 == 0 else self.organization(number)

    def _accounts(self) -> Rows:
        for number in range(self._namespaces):
            is_user = number < self.size.users
            name = self.user(number) if is_user else self.organization(number - self.size.users)
            kind = "user" if is_user else "organization"
            yield (
                number + 1, _uuid(number), kind, name, f"{name}@example.com", True, True, False, 1209600, 0, False, self.now
            )  # fmt: skip

    def _teams(self) -> Rows:
        for number in range(self.size.organizations * len(TEAMS)):
            name, role = TEAMS[number % len(TEAMS)]
            yield number + 1, 1 + self.size.users + number // len(TEAMS), name, role, ""

    def _members(self) -> Rows:
        ids = itertools.count(1)
        for team in range(self.size.organizations * len(TEAMS)):
            for member in range(min(MEMBERS_OF_A_TEAM, self.size.users)):
                yield next(ids), team + 1, 1 + (team * MEMBERS_OF_A_TEAM + member) % self.size.users

    def _repositories(self) -> Rows:
        chance = random.Random(1)
        for number in range(self.size.repositories):
            yield (
                number + 1, self._owner(number), self.repository(number), "image", "NORMAL", chance.random() < _PUBLIC_SHARE,
                f"Images of {WORDS[number % len(WORDS)]}", self.now, 0, None,
            )  # fmt: skip

    def _permissions(self) -> Rows:
        """Each repository's creator, and of those in organizations the team of readers."""
        ids = itertools.count(1)
        for number in range(self.size.repositories):
            yield next(ids), number + 1, 1 + number % self.size.users, None, "admin"
            if number % 4:
                yield next(ids), number + 1, None, 3 + number % self.size.organizations * len(TEAMS), "read"

    def _grams(self) -> Rows:
        for number in range(self.size.repositories):
            name = self.repository(number)
            for gram in cut_grams(name):
                yield gram, name

    def _counters(self) -> Rows:
        for number in range(self.size.repositories):
            yield number + 1, "latest", number % 1000, self.now

    def _log(self) -> Rows:
        """Evenly over a year, the oldest first; some repositories and namespaces are busier than others."""
        chance = random.Random(2)
        step = timedelta(days=_LOG_DAYS) / max(self.size.log_rows, 1)
        start = self.now - timedelta(days=_LOG_DAYS)
        for number in range(self.size.log_rows):
            repository = int(self.size.repositories * chance.random() ** 2)
            user = repository % self.size.users
            yield (
                number + 1, KINDS[number % len(KINDS)], self._owner(repository), repository + 1, "user", self.user(user), "192.0.2.7",
                f'{{"namespace":"{self._owner_name(repository)}","repo":"app","tag":"v{number % 50}"}}', start + step * number,
            )  # fmt: skip


def _uuid(number: int) -> str:
    return str(UUID(int=number + 1, version=4))


_ACCOUNT = (
    "id", "uuid", "kind", "name", "email", "is_enabled", "is_verified", "is_superuser", "tag_window_seconds", "session_generation",
    "sends_invoices", "created_at",
)  # fmt: skip
_REPOSITORY = (
    "id", "namespace_id", "name", "kind", "state", "is_public", "description", "created_at", "size_bytes", "modified_ms",
)  # fmt: skip
_LOG = (
    "id", "kind", "namespace_id", "repository_id", "performer_kind", "performer_name", "ip", "metadata", "created_at",
)  # fmt: skip
COUNTS: Mapping[str, str] = {
    "users": "users", "organizations": "organizations with three teams each", "repositories": "repositories",
    "log_rows": "entries of the usage log, over a year",
}  # fmt: skip
