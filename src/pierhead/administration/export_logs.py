"""Export a log: somebody's program is told where the file is, when it may fetch it (api-v1/logs, section 1).

Nothing is written: the address of the file is the sealed description of what it holds, and it is read from the log when it is fetched.
"""

import uuid
from urllib.parse import urlsplit

from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage
from pierhead.accounts.model.names import is_storable
from pierhead.administration.jobs import AnnounceLogExport
from pierhead.administration.model import (
    InvalidCallback,
    LogExport,
    LogQuery,
    LogSource,
    LogView,
    OrganizationLog,
    RepositoryLog,
)
from pierhead.administration.read_logs import find_filter, view_page
from pierhead.audit.model import LogPosition
from pierhead.platform.database import UnitOfWork
from pierhead.platform.jobs import enqueue

_LONGEST_URL = 2048


def export_logs(work: UnitOfWork, identity: Identity, source: LogSource, query: LogQuery, callback_url: str | None, base_url: str) -> str:
    """The id of an export that is on its way. Raises InvalidCallback, and what `read_logs.list_logs` raises."""
    # The contract lets superusers export the log of a repository, and not that of an organization.
    passage = Passage.SUPERUSERS if isinstance(source, RepositoryLog) else Passage.NOBODY
    wanted = find_filter(work, identity, source, query.filter(work.now), passage=passage)
    checked_url = _parse_callback(callback_url)
    namespace, repository = _name(identity, source)
    export = LogExport(str(uuid.uuid4()), wanted.since, wanted.until, wanted.namespace_id, wanted.repository_id, namespace, repository)
    enqueue(work, AnnounceLogExport(export, checked_url, base_url), key=f"{AnnounceLogExport.name}:{export.export_id}")
    return export.export_id


def read_export(work: UnitOfWork, export: LogExport, after: LogPosition | None, limit: int) -> LogView:
    """A page of an export, for whoever holds its address."""
    return view_page(work, export.filter, after=after, limit=limit)


def _name(identity: Identity, source: LogSource) -> tuple[str, str | None]:
    match source:
        case OrganizationLog(name):
            return name, None
        case RepositoryLog(name):
            namespace, _, rest = name.partition("/")
            return namespace, rest
        case _:
            return identity.name or "", None


def _parse_callback(url: str | None) -> str:
    if not url or len(url) > _LONGEST_URL or not is_storable(url) or not url.isprintable():
        raise InvalidCallback
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None
    except ValueError as error:
        raise InvalidCallback from error
    if not usable:
        # A password in it would stand in the log.
        raise InvalidCallback
    return url
