"""The JSON objects of administration (api-v1/logs, section 2; api-v1/admin, section 1)."""

from collections.abc import Collection
from datetime import UTC, datetime, time
from typing import Any

from pierhead.access.api.quotas import view_report
from pierhead.access.api.routing import format_date
from pierhead.access.model.identity import IdentityKind
from pierhead.accounts.model.avatars import make_avatar
from pierhead.accounts.model.quotas import QuotaReport
from pierhead.administration.model import ListedAccount, LogCounts, LogView, NamedAccount, ShownUser
from pierhead.audit.model import DayCount, LogEntry, LogKind


def view_logs(view: LogView) -> dict[str, Any]:
    """A page of a log, without its token."""
    return {
        "start_time": format_date(view.span.since),
        "end_time": format_date(view.span.until),
        "logs": [view_entry(entry, view) for entry in view.entries],
    }


def view_counts(counts: LogCounts) -> dict[str, Any]:
    """The counts of a span."""
    return {"aggregated": [_view_count(count) for count in counts.counts]}


def _view_count(count: DayCount) -> dict[str, Any]:
    return {"kind": count.kind, "count": count.count, "datetime": format_date(datetime.combine(count.day, time(), UTC))}


def view_entry(entry: LogEntry, view: LogView) -> dict[str, Any]:
    """LogEntry: `performer` is absent for anonymous actions, `namespace` is there for superusers only."""
    shown: dict[str, Any] = {
        "kind": entry.kind,
        "metadata": _complete(entry, view.repositories.get(entry.repository_id or 0)),
        "ip": entry.ip,
        "datetime": format_date(entry.created_at),
    }
    if entry.performer_name is not None:
        shown["performer"] = _view_performer(entry, view.performers.get(entry.performer_name))
    namespace = view.namespaces.get(entry.namespace_id or 0)
    if namespace is not None:
        kind = "org" if namespace.is_organization else "user"
        shown["namespace"] = {"kind": kind, "name": namespace.name, "avatar": make_avatar(namespace.name, namespace.email, kind)}
    return shown


def _complete(entry: LogEntry, repository: str | None) -> dict[str, object]:
    """Pulls are written by ids alone; the names that every entry about a repository carries are put in here."""
    facts = dict(entry.metadata)
    if repository is not None:
        namespace, _, name = repository.partition("/")
        facts |= {"repo": name, "namespace": namespace}
    if entry.kind == LogKind.PULL_REPO and entry.performer_name is not None:
        facts["username"] = entry.performer_name
        if _is_robot(entry):
            facts["is_robot"] = True
    return facts


def _is_robot(entry: LogEntry) -> bool:
    return entry.performer_kind == IdentityKind.ROBOT


def _view_performer(entry: LogEntry, account: NamedAccount | None) -> dict[str, Any]:
    name, is_robot = entry.performer_name or "", _is_robot(entry)
    avatar = make_avatar(name, account.email if account else None, "robot" if is_robot else "user")
    return {"kind": "user", "name": name, "is_robot": is_robot, "avatar": avatar}


def view_superuser_user(user: ShownUser, readers: Collection[str] = (), quota: QuotaReport | None = None) -> dict[str, Any]:
    """SUser. `readers` are the names of the global read-only superusers."""
    return {
        "kind": "user",
        "name": user.name,
        "username": user.name,
        "email": user.email,
        "verified": user.is_verified,
        "avatar": make_avatar(user.name, user.email, "user"),
        "super_user": user.is_superuser,
        "global_readonly_super_user": user.name in readers,
        "enabled": user.is_enabled,
        **({} if quota is None else view_report(quota)),
    }


def view_superuser_organization(organization: ListedAccount, quota: QuotaReport | None = None) -> dict[str, Any]:
    """An organization in the superusers' list."""
    return {
        "name": organization.name,
        "email": organization.email,
        "avatar": make_avatar(organization.name, organization.email, "org"),
        **({} if quota is None else view_report(quota)),
    }
