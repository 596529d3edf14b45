"""Quotas of namespaces, and the figures that they are held against; permissions are checked by the verbs of the rooms above."""

from pierhead.accounts.model.quotas import NamespaceFull, Quota, QuotaPolicy, QuotaReport, Usage
from pierhead.audit.model import SYSTEM, LogKind
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork
from pierhead.platform.outbox.emit import emit
from pierhead.repositories.events import QuotaWarning
from pierhead.repositories.model import Repository
from pierhead.repositories.store import quotas as store

_HUNDRED = 100


def find_quota(work: UnitOfWork, namespace_id: int, policy: QuotaPolicy) -> Quota | None:
    """The quota that the namespace is held to: its own, or the default."""
    return (store.find_quota(work.connection, namespace_id) or policy.default) if policy.is_on else None


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
    after = store.grow_usage(work.connection, repository.namespace_id, change_bytes)
    quota = find_quota(work, repository.namespace_id, policy) if policy.refuses else None
    if quota is None or change_bytes <= 0:
        return
    before = after - change_bytes
    if quota.reject_bytes is not None and after > quota.reject_bytes:
        raise NamespaceFull(repository.namespace, quota, before)
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
