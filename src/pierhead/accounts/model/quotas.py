"""What a quota is: how much a namespace may hold, and at which share of it somebody is warned or a push refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pierhead.platform.errors import AlreadyExists, Invalid, NotFound, QuotaExceeded

_SIZE = re.compile(r"\s*(\d{1,12}(?:\.\d{1,6})?)\s*(B|KB|MB|GB|TB|PB|KIB|MIB|GIB|TIB|PIB)\s*", re.IGNORECASE)
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_LARGEST = 2**63 - 1
_STEP = 1024
_HUNDRED = 100


class LimitKind(StrEnum):
    """What happens at a limit; the values are wire names."""

    WARNING = "Warning"
    REJECT = "Reject"


@dataclass(frozen=True, slots=True)
class QuotaLimit:
    """Something that happens when so many percent of the quota are used."""

    id: int
    kind: LimitKind
    percent: int


@dataclass(frozen=True, slots=True)
class Quota:
    """How much a namespace may hold. The default of all namespaces has the id 0 and is no row."""

    id: int
    limit_bytes: int
    limits: Sequence[QuotaLimit] = ()
    is_default: bool = False

    @property
    def reject_bytes(self) -> int | None:
        """What may be used at most; None when nothing is refused."""
        return min((self._bytes_at(limit.percent) for limit in self.limits if limit.kind is LimitKind.REJECT), default=None)

    def list_crossed_warnings(self, before: int, after: int) -> list[int]:
        """The percents of warnings that are reached by going from one use to another."""
        reached = (limit.percent for limit in self.limits if limit.kind is LimitKind.WARNING)
        return sorted(percent for percent in reached if before < self._bytes_at(percent) <= after)

    def _bytes_at(self, percent: int) -> int:
        return self.limit_bytes * percent // _HUNDRED


@dataclass(frozen=True, slots=True)
class QuotaPolicy:
    """The settings of quotas: whether they exist, whether superusers give them, whether pushes are held to them, and the one of namespaces that have none of their own."""

    is_on: bool = False
    is_editable: bool = True
    refuses: bool = True
    default: Quota | None = None


NO_QUOTAS = QuotaPolicy()
_DEFAULT_ID = 0


def make_default_quota(limit_bytes: int, *, warning_percent: int, reject_percent: int) -> Quota | None:
    """The quota of namespaces that have none of their own; zeros stand for none."""
    limits = ((LimitKind.WARNING, warning_percent), (LimitKind.REJECT, reject_percent))
    given = tuple(QuotaLimit(_DEFAULT_ID, kind, percent) for kind, percent in limits if percent)
    return Quota(_DEFAULT_ID, limit_bytes, given, is_default=True) if limit_bytes else None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a namespace holds, in bytes: each blob once for each repository, each once, and those that no living tag leads to.

    The last figure is as old as the last count, `counted_ms`; the others are true now.
    """

    logical_bytes: int = 0
    unique_bytes: int = 0
    reclaimable_bytes: int = 0
    counted_ms: int | None = None


@dataclass(frozen=True, slots=True)
class QuotaReport:
    """The quota of a namespace, its own or the default, and what is used of it."""

    quota: Quota | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class RepositoryUsage:
    """What a repository holds, and the quota of its namespace."""

    size_bytes: int
    limit_bytes: int | None


def parse_size(text: str) -> int:
    """Bytes of a size such as `10 GiB`; the units are powers of 1024, as Quay takes them. Raises InvalidQuota."""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise InvalidQuota(f"Invalid size '{text[:32]}': use a number and a unit, such as 10 GiB.")
    power = ("B", "K", "M", "G", "T", "P").index(found[2][0].upper())
    return check_limit_bytes(int(float(found[1]) * _STEP**power))


def check_limit_bytes(limit_bytes: int) -> int:
    """Raises InvalidQuota."""
    if not 0 < limit_bytes <= _LARGEST:
        raise InvalidQuota("A quota has at least one byte and at most 8 EiB.")
    return limit_bytes


def check_percent(percent: int) -> int:
    """Raises InvalidQuota."""
    if not 1 <= percent <= _HUNDRED:
        raise InvalidQuota("A limit's threshold is from 1 to 100 percent.")
    return percent


def parse_limit_kind(word: str) -> LimitKind:
    """Raises InvalidQuota."""
    try:
        return LimitKind(word)
    except ValueError as error:
        raise InvalidQuota("Invalid type of limit: use Warning or Reject.") from error


def format_size(size_bytes: int) -> str:
    """A size for people, such as `10.0 GiB`."""
    size = float(size_bytes)
    for unit in _UNITS[:-1]:
        if abs(size) < _STEP:
            return f"{size:.1f} {unit}"
        size /= _STEP
    return f"{size:.1f} {_UNITS[-1]}"


class InvalidQuota(Invalid):
    """A size or a limit that no quota can have."""


class QuotaExists(AlreadyExists):
    """The namespace has a quota already."""

    def __init__(self, namespace: str) -> None:
        super().__init__(f"The namespace '{namespace}' has a quota already; change that one.")


class QuotaLimitExists(AlreadyExists):
    """The quota has the same limit, or already one that rejects."""

    def __init__(self, kind: LimitKind) -> None:
        many = "Only one quota limit of type 'Reject' is allowed." if kind is LimitKind.REJECT else "The quota has this limit already."
        super().__init__(many)


class QuotaNotFound(NotFound):
    """The namespace has no such quota, or the quota no such limit."""

    message = "Not Found"


class NamespaceFull(QuotaExceeded):
    """A push that the quota of its namespace does not allow."""

    def __init__(self, namespace: str, quota: Quota, used_bytes: int, wanted_bytes: int = 0) -> None:
        self.namespace = namespace
        self.quota = quota
        self.used_bytes = used_bytes
        limit_bytes = quota.reject_bytes or quota.limit_bytes
        more = f", {format_size(wanted_bytes)} more do not fit" if wanted_bytes else ""
        super().__init__(
            f"Quota has been exceeded on namespace '{namespace}': {format_size(used_bytes)} are used{more}, and pushes are refused at"
            f" {format_size(limit_bytes)} of {format_size(quota.limit_bytes)}. Delete tags or repositories, or ask an administrator for more.",
            detail={"namespace": namespace, "used_bytes": used_bytes, "reject_bytes": limit_bytes, "limit_bytes": quota.limit_bytes},
        )
