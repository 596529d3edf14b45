"""Slow down whoever guesses passwords: per account and per address, counted in the database, so that all nodes agree."""

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from datetime import timedelta

from pierhead.access.store import login_failures
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import RateLimited

_MEMORY = timedelta(hours=1)
_LONGEST_BLOCK_SECONDS = 900
_ADDRESS_FACTOR = 5  # many people may share one address


@dataclass(frozen=True, slots=True)
class LoginSubjects:
    """Whose failures count together: the account that is tried, existing or not, and the address it is tried from."""

    account: str
    address: str | None

    @classmethod
    def of(cls, username: str, address: str | None) -> "LoginSubjects":
        """Hashed, so that a table row is small whatever a stranger sends."""
        return cls(_hash("account", username.strip().lower()), None if address is None else _hash("address", _network(address)))

    def all(self) -> list[str]:
        """The subjects as the table knows them."""
        return [self.account] if self.address is None else [self.account, self.address]


@dataclass(frozen=True, slots=True)
class Block:
    """How long the subjects must still wait, and whether there is something to forget after a success."""

    seconds_left: int
    has_failures: bool


def find_block(work: UnitOfWork, subjects: LoginSubjects) -> Block:
    """The longest wait of the subjects; 0 seconds when none of them has to wait."""
    failures = login_failures.find(work.connection, subjects.all())
    left = [(failure.blocked_until - work.now).total_seconds() for failure in failures if failure.blocked_until is not None]
    return Block(max(0, math.ceil(max(left, default=0.0))), bool(failures))


def record_failure(work: UnitOfWork, subjects: LoginSubjects, *, attempts: int) -> None:
    """Count a failure. From `attempts` failures in a row on each one doubles the wait, from one second up to a quarter of an hour."""
    limits = {subjects.account: attempts}
    if subjects.address is not None:
        limits[subjects.address] = attempts * _ADDRESS_FACTOR
    for subject, limit in sorted(limits.items()):
        failures = login_failures.count(work.connection, subject, work.now, work.now - _MEMORY)
        if failures == 1:
            login_failures.forget_old(work.connection, work.now - _MEMORY)
        if failures >= limit:
            seconds = min(2 ** min(failures - limit, 16), _LONGEST_BLOCK_SECONDS)
            login_failures.block(work.connection, subject, work.now + timedelta(seconds=seconds))


def request_subjects(kind: str, text: str, address: str | None) -> LoginSubjects:
    """Whose requests of a kind count together: all for one thing, such as a link to one e-mail address, and all from one network."""
    return LoginSubjects(_hash(kind, text), None if address is None else _hash(f"{kind}-address", _network(address)))


def require_attempt(work: UnitOfWork, subjects: LoginSubjects, *, attempts: int) -> None:
    """Count a request as a failed sign-in is counted. Raises RateLimited while the subjects must wait."""
    block = find_block(work, subjects)
    if block.seconds_left > 0:
        raise RateLimited(retry_after_seconds=block.seconds_left)
    record_failure(work, subjects, attempts=attempts)


def record_success(work: UnitOfWork, subjects: LoginSubjects) -> None:
    """Forget the account's failures. The address keeps its own: one right password must not pay for many wrong ones."""
    login_failures.forget(work.connection, subjects.account)


def _hash(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}:{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _network(address: str) -> str:
    """An IPv6 client owns at least a /64, so that is what counts."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
