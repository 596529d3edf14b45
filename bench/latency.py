"""How long the questions of a large registry take, asked of its database by the product's own verbs."""

import json
import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.machine import describe_machine
from bench.seeding import MEMBERS_OF_A_TEAM, TEAMS, WORDS, Company
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.roles import Role
from pierhead.administration.model import LogQuery, OrganizationLog, RepositoryLog, WholeLog
from pierhead.administration.read_logs import count_logs, list_logs
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database, UnitOfWork
from pierhead.repositories.list_repositories import list_repositories
from pierhead.repositories.permissions import require_role
from pierhead.repositories.search import find_repositories

_ROUNDS = 200
_LONGEST_SECONDS = 20.0
_MONTH = LogQuery(start="10/25/2026", end="11/23/2026")

Question = Callable[[UnitOfWork, int], object]


@dataclass(frozen=True, slots=True)
class Latency:
    """Of one question, in milliseconds. The CPU is that of this process: SQLite's work is in it, PostgreSQL's is not."""

    rounds: int
    median_ms: float
    slowest_of_20_ms: float
    cpu_ms: float


def list_questions(company: Company) -> Mapping[str, Question]:
    """Each is asked for another user, repository or text every time."""
    size = company.size

    def user(number: int) -> Identity:
        place = number % size.users
        return Identity(IdentityKind.USER, company.user(place), user_id=place + 1)

    root = Identity(IdentityKind.USER, company.user(0), user_id=1, is_superuser=True)
    owned = _organization_repositories(company)

    def admin(number: int) -> tuple[Identity, str]:
        """A repository of an organization, and its creator, who is its admin."""
        place = owned[number % len(owned)]
        return user(place), company.repository(place)

    def owner(number: int) -> tuple[Identity, str]:
        """An organization and one of its owners."""
        place = number % size.organizations
        return user(place * len(TEAMS) * MEMBERS_OF_A_TEAM), company.organization(place)

    return {
        "repository list: what a user may read": lambda work, n: list_repositories(
            work, user(n), namespace=company.organization(n), starred=False, public=True
        ),
        "repository list: public ones as well": lambda work, n: list_repositories(
            work, user(n), namespace=None, starred=False, public=True
        ),
        "search: a whole short name": lambda work, n: find_repositories(work, user(n), company.repository(n).partition("/")[2]),
        "search: a common word": lambda work, n: find_repositories(work, user(n), WORDS[n % len(WORDS)]),
        "search: two letters": lambda work, n: find_repositories(work, user(n), WORDS[n % len(WORDS)][:2]),
        "search: a text that nothing holds": lambda work, n: find_repositories(work, user(n), f"zq{n}xyz"),
        "permission check": lambda work, n: require_role(work, *admin(n), Role.READ),
        "log page of a repository": lambda work, n: list_logs(work, admin(n)[0], RepositoryLog(admin(n)[1]), _MONTH),
        "log page of an organization": lambda work, n: list_logs(work, owner(n)[0], OrganizationLog(owner(n)[1]), _MONTH),
        "log page of the server": lambda work, _n: list_logs(work, root, WholeLog(), _MONTH),
        "counts by day of a repository, a month": lambda work, n: count_logs(work, admin(n)[0], RepositoryLog(admin(n)[1]), _MONTH),
        "counts by day of an organization, a month": lambda work, n: count_logs(work, owner(n)[0], OrganizationLog(owner(n)[1]), _MONTH),
        "counts by day of the server, a month": lambda work, _n: count_logs(work, root, WholeLog(), _MONTH),
    }


def measure_latencies(url: str, company: Company, say: Callable[[str], None]) -> dict[str, Latency]:
    """Ask every question many times, one after the other."""
    database = Database(url, clock=ManualClock(company.now), read_threads=1, write_threads=1)
    found: dict[str, Latency] = {}
    try:
        for name, question in list_questions(company).items():
            found[name] = database.read_now(_measure, question)
            say(f"{name}: {found[name].median_ms:.2f} ms, CPU {found[name].cpu_ms:.2f} ms")
    finally:
        database.close()
    return found


def save(path: Path, engine: str, company: Company, latencies: Mapping[str, Latency]) -> None:
    """Write NAME.json and NAME.md."""
    values: dict[str, Any] = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "engine": engine,
        "size": asdict(company.size),
        "machine": asdict(describe_machine(path.parent)),
        "latencies": {name: asdict(latency) for name, latency in latencies.items()},
    }
    path.with_suffix(".json").write_text(json.dumps(values, indent=1) + "\n")
    path.with_suffix(".md").write_text(render(engine, company, latencies))


def render(engine: str, company: Company, latencies: Mapping[str, Latency]) -> str:
    """The table that people read."""
    size = company.size
    lines = [
        f"# Questions to a large registry on {engine}",
        "",
        f"{size.users:,} users, {size.organizations:,} organizations, {size.repositories:,} repositories, {size.log_rows:,} entries of",
        "the usage log. Milliseconds, one question at a time; the CPU is that of the asking process.",
        "",
        "| question | median | 19 of 20 within | CPU | rounds |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {each.median_ms:.2f} | {each.slowest_of_20_ms:.2f} | {each.cpu_ms:.2f} | {each.rounds} |"
            for name, each in latencies.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _organization_repositories(company: Company) -> list[int]:
    numbers = [number for number in range(company.size.repositories) if number % 4]
    random.Random(3).shuffle(numbers)
    return numbers


def _measure(work: UnitOfWork, question: Question) -> Latency:
    question(work, 0)
    walls: list[float] = []
    began, cpu = time.perf_counter(), time.thread_time()
    for number in range(1, _ROUNDS + 1):
        started = time.perf_counter()
        question(work, number)
        walls.append(time.perf_counter() - started)
        if time.perf_counter() - began > _LONGEST_SECONDS:
            break
    spent = time.thread_time() - cpu
    slowest = statistics.quantiles(walls, n=20)[-1] if len(walls) > 1 else walls[0]
    return Latency(len(walls), round(statistics.median(walls) * 1000, 3), round(slowest * 1000, 3), round(spent / len(walls) * 1000, 3))
