"""Create a repository, in the UI's way or by a push."""

from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import AlreadyExists
from pierhead.repositories import store
from pierhead.repositories.log import record
from pierhead.repositories.model import CreationDenied, Repository, RepositoryKind
from pierhead.repositories.permissions import may_create


def create_repository(
    work: UnitOfWork,
    identity: Identity,
    name: str,
    *,
    is_public: bool,
    kind: RepositoryKind = RepositoryKind.IMAGE,
    address: str | None = None,
) -> Repository:
    """Add an empty repository whose creator is its admin (specification S1.1, S1.8, S1.11).

    Raises CreationDenied (also for a namespace that does not exist), NamespaceDisabled and AlreadyExists.
    """
    namespace = name.partition("/")[0]
    found = store.find_namespace(work.connection, namespace)
    if found is None or not may_create(work, identity, namespace):
        raise CreationDenied(namespace)
    created = store.insert_repository(
        work.connection, namespace_id=found[0], name=name, kind=kind, is_public=is_public, created_at=work.now
    )
    if created is None:
        raise AlreadyExists(f"The repository {name} exists already.", detail={"name": name})
    if identity.name is not None:
        store.grant(work.connection, created, holder=identity.name, is_robot=identity.kind is IdentityKind.ROBOT, role="admin")
    repository = store.find_repository_by_id(work.connection, created)
    if repository is None:
        raise AssertionError("the row was just inserted")
    record(work, identity, LogKind.CREATE_REPO, repository, address)
    return repository
