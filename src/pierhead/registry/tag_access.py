"""Who may look at and change tags through the management API."""

from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage
from pierhead.access.model.roles import Role
from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.errors import RepositoryReadOnly, WrongRepositoryKind
from pierhead.repositories import records
from pierhead.repositories.model import NamespaceDisabled, Repository, RepositoryKind, RepositoryState
from pierhead.repositories.permissions import require_role


def require_readable(work: UnitOfWork, identity: Identity, name: str) -> Repository:
    """The repository, for those who may read it and for whoever reads everything. Raises as `require_role`, and WrongRepositoryKind."""
    return _check(require_role(work, identity, name, Role.READ, passage=Passage.BOTH))


def require_changeable(work: UnitOfWork, identity: Identity, name: str, least: Role = Role.WRITE) -> Repository:
    """The repository, locked: one transaction at a time changes its tags. Raises as `require_readable`, RepositoryReadOnly, NamespaceDisabled."""
    repository = _check(require_role(work, identity, name, least))
    if not repository.is_enabled:
        raise NamespaceDisabled(repository.namespace)
    if repository.state is not RepositoryState.NORMAL:
        raise RepositoryReadOnly(repository.name, repository.state)
    records.lock_repository(work, repository)
    return repository


def _check(repository: Repository) -> Repository:
    if repository.kind is not RepositoryKind.IMAGE:
        raise WrongRepositoryKind(repository.name)
    return repository
