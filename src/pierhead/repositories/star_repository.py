"""Mark repositories with a star, and take it off again."""

from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.identity import Identity
from pierhead.access.model.roles import Role
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.model import RepositoryNotFound, is_repository_name
from pierhead.repositories.permissions import find_role
from pierhead.repositories.store import repositories as store
from pierhead.repositories.store import stars


def add_star(work: UnitOfWork, identity: Identity, name: str) -> None:
    """Nothing happens when it is there. Raises SignInRequired and NotAllowed; RepositoryNotFound also for what the caller may not see."""
    user_id = _require_user(identity)
    repository = store.find_repository(work.connection, name) if is_repository_name(name) else None
    if repository is None or find_role(work, identity, repository) < Role.READ:
        raise RepositoryNotFound
    stars.add_star(work.connection, user_id, repository.id, work.now)


def remove_star(work: UnitOfWork, identity: Identity, name: str) -> None:
    """Nothing happens when there is none, or no such repository. Raises SignInRequired and NotAllowed."""
    user_id = _require_user(identity)
    repository = store.find_repository(work.connection, name) if is_repository_name(name) else None
    if repository is not None:
        stars.remove_star(work.connection, user_id, repository.id)


def _require_user(identity: Identity) -> int:
    if identity.user_id is None:
        raise SignInRequired
    if not identity.administers_user:
        raise NotAllowed
    return identity.user_id
