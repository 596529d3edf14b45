"""Quotas of namespaces, and the figures that they are held against; permissions are checked by the verbs of the rooms above."""

from collections.abc import Sequence
from dataclasses import replace

from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.quotas import (
    LimitKind,
    NamespaceFull,
    Quota,
    QuotaExists,
    QuotaLimit,
    QuotaLimitExists,
    QuotaPolicy,
    QuotaReport,
    RepositoryUsage,
    Usage,
)
from pierhead.audit.model import SYSTEM, LogKind, Performer
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork
from pierhead.platform.outbox.emit import emit
from pierhead.repositories.events import QuotaError, QuotaWarning
from pierhead.repositories.model import Repository
from pierhead.repositories.store import quotas as store
from pierhead.repositories.store import repositories

_HUNDRED = 100
_HOUR_MS = 3600 * 1000


def find_quota(work: UnitOfWork, namespace_id: int, policy: QuotaPolicy) -> Quota | None:
    """The quota that the namespace is held to: its own, or the default."""
    return (store.find_quota(work.connection, namespace_id) or policy.default) if policy.is_on else None


def find_own_quota(work: UnitOfWork, namespace: Account) -> Quota | None:
    """The quota that the namespace was given."""
    return store.find_quota(work.connection, namespace.id)


def create_quota(work: UnitOfWork, namespace: Account, limit_bytes: int) -> Quota:
    """A quota without limits. Raises QuotaExists."""
    quota_id = store.add_quota(work.connection, namespace.id, limit_bytes)
    if quota_id is None:
        raise QuotaExists(namespace.name)
    return Quota(quota_id, limit_bytes)


def change_quota(work: UnitOfWork, quota_id: int, limit_bytes: int) -> None:
    """Replace the size."""
    store.change_quota(work.connection, quota_id, limit_bytes)


def delete_quota(work: UnitOfWork, quota_id: int) -> None:
    """The default counts again."""
    store.remove_quota(work.connection, quota_id)


def add_limit(work: UnitOfWork, quota: Quota, kind: LimitKind, percent: int) -> None:
    """Raises QuotaLimitExists, for a second one that rejects too."""
    _require_one_rejection(quota, kind)
    if not store.add_limit(work.connection, quota.id, kind, percent):
        raise QuotaLimitExists(kind)


def change_limit(work: UnitOfWork, quota: Quota, limit: QuotaLimit, kind: LimitKind, percent: int) -> None:
    """Replace both. Raises QuotaLimitExists."""
    others = tuple(each for each in quota.limits if each.id != limit.id)
    _require_one_rejection(replace(quota, limits=others), kind)
    if any((each.kind, each.percent) == (kind, percent) for each in others):
        raise QuotaLimitExists(kind)
    store.change_limit(work.connection, limit.id, kind, percent)


def remove_limit(work: UnitOfWork, limit_id: int) -> None:
    """The quota stays."""
    store.remove_limit(work.connection, limit_id)


def _require_one_rejection(quota: Quota, kind: LimitKind) -> None:
    if kind is LimitKind.REJECT and any(limit.kind is LimitKind.REJECT for limit in quota.limits):
        raise QuotaLimitExists(kind)


def report_quotas(work: UnitOfWork, namespace_ids: Sequence[int], policy: QuotaPolicy) -> dict[int, QuotaReport]:
    """As `report_quota`, for a list; nothing while quotas are off."""
    if not policy.is_on:
        return {}
    given, used = store.list_quotas(work.connection, namespace_ids), store.list_usage(work.connection, namespace_ids)
    return {each: QuotaReport(given.get(each, policy.default), used.get(each, Usage())) for each in namespace_ids}


def report_repositories(work: UnitOfWork, repository_ids: Sequence[int], policy: QuotaPolicy) -> dict[int, RepositoryUsage]:
    """What each repository of a list holds; nothing while quotas are off."""
    if not policy.is_on:
        return {}
    default_bytes = None if policy.default is None else policy.default.limit_bytes
    return store.list_sizes(work.connection, repository_ids, default_bytes)


def measure_repositories(work: UnitOfWork, repository_ids: Sequence[int]) -> dict[int, int]:
    """The size of the blobs of each repository."""
    return {each: usage.size_bytes for each, usage in store.list_sizes(work.connection, repository_ids, None).items()}


def report_quota(work: UnitOfWork, namespace_id: int, policy: QuotaPolicy) -> QuotaReport:
    """What lists and pages of namespaces show."""
    return QuotaReport(find_quota(work, namespace_id, policy), store.get_usage(work.connection, namespace_id))


def get_usage(work: UnitOfWork, namespace_id: int) -> Usage:
    """What a namespace holds."""
    return store.get_usage(work.connection, namespace_id)


def grow_usage(work: UnitOfWork, repository: Repository, change_bytes: int, policy: QuotaPolicy) -> None:
    """The repository's namespace holds so many bytes more than before, and the quota allows it.

    Raises NamespaceFull; warnings that are reached are told once, in the same transaction. Nobody else changes the namespace's use until
    this transaction ends, so this is the last thing that a transaction does.
    """
    after, has_own = store.grow_usage(work.connection, repository.namespace_id, change_bytes)
    if not policy.refuses or change_bytes <= 0 or not (has_own or policy.default):
        return
    quota = find_quota(work, repository.namespace_id, policy)
    if quota is None:
        return
    before = after - change_bytes
    if quota.reject_bytes is not None and after > quota.reject_bytes:
        raise NamespaceFull(repository.namespace, quota, before, change_bytes)
    for percent in quota.list_crossed_warnings(before, after):
        _warn(work, repository, quota, percent, after)


def shrink_usage(work: UnitOfWork, namespace_id: int, freed_bytes: int) -> None:
    """The namespace holds so many bytes less than before. As `grow_usage`, the last thing that a transaction does."""
    if freed_bytes:
        store.grow_usage(work.connection, namespace_id, -freed_bytes)


def require_room(work: UnitOfWork, repository: Repository, policy: QuotaPolicy, *, for_more: bool) -> None:
    """Raises NamespaceFull when the quota is used up; with `for_more` also when not a byte more fits."""
    quota = find_quota(work, repository.namespace_id, policy) if policy.refuses else None
    if quota is None or quota.reject_bytes is None:
        return
    used = store.get_unique_bytes(work.connection, repository.namespace_id)
    if used > quota.reject_bytes or (for_more and used == quota.reject_bytes):
        raise NamespaceFull(repository.namespace, quota, used)


def set_counted(work: UnitOfWork, namespace_id: int, reclaimable_bytes: int) -> None:
    """What no living tag of the namespace leads to, counted now."""
    store.set_counted(work.connection, namespace_id, reclaimable_bytes, at_ms=work.now_ms)


def set_reclaimable(work: UnitOfWork, repository_id: int, reclaimable_bytes: int) -> None:
    """As `set_counted`, for one repository."""
    store.set_reclaimable(work.connection, repository_id, reclaimable_bytes)


def lock_usage(work: UnitOfWork, namespace_id: int) -> None:
    """Nobody else changes what the namespace uses until this transaction ends."""
    store.lock_usage(work.connection, namespace_id)


def set_unique(work: UnitOfWork, namespace_id: int, unique_bytes: int) -> None:
    """Set the running figure right; the caller holds the lock."""
    store.set_unique(work.connection, namespace_id, unique_bytes)


def note_refusal(work: UnitOfWork, refusal: NamespaceFull, performer: Performer, *, address: str | None) -> None:
    """Tell that a push was refused, at most once an hour for each namespace: a client that tries again and again is no news.

    For a unit of work of its own, because that of the push has changed nothing.
    """
    found = repositories.find_namespace(work.connection, refusal.namespace)
    if found is None or not store.note_refusal(work.connection, found[0], before_ms=work.now_ms - _HOUR_MS, at_ms=work.now_ms):
        return
    quota = refusal.quota
    percent = next((limit.percent for limit in quota.limits if limit.kind is LimitKind.REJECT), _HUNDRED)
    emit(work, QuotaError(refusal.namespace, percent, refusal.used_bytes, quota.limit_bytes))
    record(
        work,
        performer,
        LogKind.PUSH_REPO_FAILED,
        namespace_id=found[0],
        address=address,
        namespace=refusal.namespace,
        message=refusal.message,
    )


def _warn(work: UnitOfWork, repository: Repository, quota: Quota, percent: int, used_bytes: int) -> None:
    emit(work, QuotaWarning(repository.namespace, percent, used_bytes, quota.limit_bytes))
    record(
        work,
        SYSTEM,
        LogKind.QUOTA_WARNING,
        namespace_id=repository.namespace_id,
        namespace=repository.namespace,
        threshold_percent=percent,
        usage_bytes=used_bytes,
        limit_bytes=quota.limit_bytes,
        usage_percent=used_bytes * _HUNDRED // quota.limit_bytes,
    )
