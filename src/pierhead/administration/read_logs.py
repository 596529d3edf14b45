"""Look at the usage log of a user, an organization, a repository or the whole server."""

from dataclasses import replace

from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.permissions import Passage
from pierhead.access.model.roles import NamespaceRole, Role
from pierhead.access.namespace_role import require_namespace_role
from pierhead.accounts.users import get_namespace
from pierhead.administration.model import (
    LogCounts,
    LogQuery,
    LogSource,
    LogView,
    OrganizationLog,
    OwnLog,
    RepositoryLog,
    Span,
    WholeLog,
    require_countable,
)
from pierhead.administration.store import accounts as store
from pierhead.administration.superuser import require_superuser
from pierhead.audit import read_log
from pierhead.audit.model import LogFilter, LogPosition
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.permissions import require_role

PAGE = 20


def list_logs(
    work: UnitOfWork, identity: Identity, source: LogSource, query: LogQuery, *, after: LogPosition | None = None, limit: int = PAGE
) -> LogView:
    """A page of a log, newest first.

    Raises InvalidSpan, InvalidFilter, SignInRequired and NotAllowed, and NotFound for members of the namespace where a repository is missing.
    """
    wanted = find_filter(work, identity, source, query.filter(work.now))
    return view_page(work, wanted, after=after, limit=limit, with_namespaces=isinstance(source, WholeLog))


def view_page(work: UnitOfWork, wanted: LogFilter, *, after: LogPosition | None, limit: int, with_namespaces: bool = False) -> LogView:
    """A page of what the filter means. The rights have been checked before."""
    page = read_log.list_entries(work, wanted, after=after, limit=limit)
    namespaces = {entry.namespace_id for entry in page.entries if entry.namespace_id} if with_namespaces else set()
    return LogView(
        span=Span(wanted.since, wanted.until),
        entries=page.entries,
        following=page.following,
        performers=store.find_accounts_by_name(work.connection, {entry.performer_name for entry in page.entries if entry.performer_name}),
        namespaces=store.find_accounts_by_id(work.connection, namespaces),
        repositories=store.find_repository_names(
            work.connection, {entry.repository_id for entry in page.entries if entry.repository_id and "repo" not in entry.metadata}
        ),
    )


def count_logs(work: UnitOfWork, identity: Identity, source: LogSource, query: LogQuery) -> LogCounts:
    """How often each kind happened on each day. Raises SpanTooLong, and what `list_logs` raises."""
    wanted = find_filter(work, identity, source, query.filter(work.now))
    require_countable(wanted)
    return LogCounts(Span(wanted.since, wanted.until), read_log.count_by_day(work, wanted))


def find_filter(
    work: UnitOfWork, identity: Identity, source: LogSource, wanted: LogFilter, *, passage: Passage = Passage.BOTH
) -> LogFilter:
    """What the caller may see of a log. Raises SignInRequired, NotAllowed and NotFound."""
    match source:
        case OwnLog():
            if identity.user_id is None or identity.kind is IdentityKind.ROBOT:
                raise SignInRequired
            if not identity.administers_user:
                raise NotAllowed
            return replace(wanted, namespace_id=identity.user_id, with_service_keys=False)
        case OrganizationLog(name):
            return replace(wanted, namespace_id=require_namespace_role(work, identity, name, NamespaceRole.ADMIN, passage=passage).id)
        case RepositoryLog(name):
            return replace(wanted, repository_id=require_role(work, identity, name, Role.ADMIN, passage=passage).id)
        case WholeLog(namespace):
            require_superuser(identity, reads=True)
            return wanted if namespace is None else replace(wanted, namespace_id=get_namespace(work, namespace).id)
