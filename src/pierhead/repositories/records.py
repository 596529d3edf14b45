"""The rows of repositories, for verbs of the rooms above; permissions are theirs to check."""

from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.model import Repository
from pierhead.repositories.permissions import name_of_reader
from pierhead.repositories.store import lists, namespaces
from pierhead.repositories.store import repositories as store


def find_repository(work: UnitOfWork, name: str) -> Repository | None:
    """The repository of a whole name."""
    return store.find_repository(work.connection, name)


def find_repository_by_id(work: UnitOfWork, repository_id: int) -> Repository | None:
    """The repository of a row id."""
    return store.find_repository_by_id(work.connection, repository_id)


def lock_repository(work: UnitOfWork, repository: Repository) -> None:
    """Let one transaction at a time change the repository's tags, until this one ends."""
    store.lock_repository(work.connection, repository.id)


def find_tag_window_ms(work: UnitOfWork, repository: Repository) -> int:
    """How far the time machine of the repository's namespace reaches, in milliseconds."""
    return store.get_facts(work.connection, repository.id).tag_window_seconds * 1000


def change_size(work: UnitOfWork, repository: Repository, change_bytes: int) -> None:
    """Add to (or, when negative, take from) the repository's size."""
    store.grow_repository(work.connection, repository.id, change_bytes)


def note_push(work: UnitOfWork, repository: Repository) -> None:
    """Lists show when a tag was last pushed."""
    store.set_modified(work.connection, repository.id, work.now_ms)


def list_deleted_ids(work: UnitOfWork, maximum: int) -> list[int]:
    """Row ids of repositories that people deleted, and whose content is still there."""
    return store.list_hidden_ids(work.connection, maximum)


def forget_deleted(work: UnitOfWork, repository_id: int) -> None:
    """Remove the row of a deleted repository, once the rooms above have removed theirs."""
    hidden = store.find_repository_by_id(work.connection, repository_id)
    store.delete_hidden(work.connection, repository_id)
    if hidden is not None:
        namespaces.forget_old_name(work.connection, hidden.name)


def list_visible_names(work: UnitOfWork, identity: Identity, *, with_public: bool, after: str, maximum: int) -> list[str]:
    """Names of image repositories that the caller may read, in byte order, beyond `after`."""
    return lists.list_visible_names(
        work.connection,
        holder=name_of_reader(identity),
        is_robot=identity.kind is IdentityKind.ROBOT,
        with_public=with_public,
        after=after,
        maximum=maximum,
    )
