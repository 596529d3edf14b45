"""Write one entry into the usage log, in the transaction of the change that it tells of."""

from pierhead.audit import store
from pierhead.audit.model import LogEntry, LogKind, Performer, describe_credential
from pierhead.platform.database import UnitOfWork

_LONGEST_ADDRESS = 45


def record(
    work: UnitOfWork,
    performer: Performer,
    kind: LogKind,
    /,
    *,
    namespace_id: int | None,
    repository_id: int | None = None,
    address: str | None = None,
    **metadata: object,
) -> None:
    """Add an entry. `metadata` holds the facts of the kind (background, section 4) as JSON values; None stands for absent.
    Remarks of the unit, such as that a superuser passed without a grant, are added.

    The first three are positional, because `kind` and `performer` are facts of some kinds too.
    """
    given = {name: value for name, value in metadata.items() if value is not None}
    facts = {**describe_credential(performer), **given, **work.remarks}
    ip = address[:_LONGEST_ADDRESS] if address else None
    store.add_entries(
        work.connection, [LogEntry(kind, namespace_id, repository_id, str(performer.kind), performer.name, ip, facts, work.now)]
    )
