"""The rows of repositories, for verbs of the rooms above; permissions are theirs to check."""

from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.platform.database import UnitOfWork
from pierhead.repositories import store
from pierhead.repositories.model import Repository


def find_repository(work: UnitOfWork, name: str) -> Repository | None:
    """The repository of a whole name."""
    return store.find_repository(work.connection, name)


def find_repository_by_id(work: UnitOfWork, repository_id: int) -> Repository | None:
    """The repository of a row id."""
    return store.find_repository_by_id(work.connection, repository_id)


def lock_repository(work: UnitOfWork, repository: Repository) -> None:
    """Let one transaction at a time change the repository's tags, until this one ends."""
    store.lock_repository(work.connection, repository.id)


def change_size(work: UnitOfWork, repository: Repository, change_bytes: int) -> None:
    """Add to (or, when negative, take from) the repository's size."""
    store.grow_repository(work.connection, repository.id, change_bytes)


def list_visible_names(work: UnitOfWork, identity: Identity, *, with_public: bool, after: str, maximum: int) -> list[str]:
    """Names of image repositories that the caller may read, in byte order, beyond `after`."""
    return store.list_visible_names(
        work.connection,
        holder=identity.name or "",
        is_robot=identity.kind is IdentityKind.ROBOT,
        with_public=with_public,
        after=after,
        maximum=maximum,
    )
