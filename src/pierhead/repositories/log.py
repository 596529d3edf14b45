"""Usage log entries about a repository."""

from pierhead.access.model.identity import Identity
from pierhead.audit import record as audit
from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.model import Repository


def record(work: UnitOfWork, identity: Identity, kind: LogKind, repository: Repository, address: str | None, **facts: object) -> None:
    """Add an entry with the facts that every entry about a repository carries (background 4); `username` is the caller unless it is a fact."""
    namespace, _, name = repository.name.partition("/")
    audit.record(
        work,
        identity,
        kind,
        namespace_id=repository.namespace_id,
        repository_id=repository.id,
        address=address,
        **{"repo": name, "namespace": namespace, "username": identity.name, **facts},
    )
