"""Create a repository, in the UI's way or by a push."""

from pierhead.access.model.errors import SignInRequired
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.permissions import Passage
from pierhead.accounts.model.names import is_name
from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.default_permissions import apply_default_permissions
from pierhead.repositories.log import record
from pierhead.repositories.model import (
    CreationDenied,
    Repository,
    RepositoryExists,
    RepositoryKind,
    parse_description,
    parse_repository_name,
)
from pierhead.repositories.permissions import may_create
from pierhead.repositories.store import grants, search
from pierhead.repositories.store import repositories as store


def create_repository(
    work: UnitOfWork,
    identity: Identity,
    name: str,
    *,
    is_public: bool,
    kind: RepositoryKind = RepositoryKind.IMAGE,
    description: str = "",
    address: str | None = None,
    passage: Passage = Passage.NOBODY,
) -> Repository:
    """Add an empty repository whose creator is its admin (specification S1.1, S1.8, S1.11). The name has been checked.

    The organization's default permissions are given too. Raises CreationDenied (also for a namespace that does not exist), NamespaceDisabled and RepositoryExists.
    """
    namespace = name.partition("/")[0]
    found = store.find_namespace(work.connection, namespace)
    if found is None or not may_create(work, identity, namespace, passage=passage):
        raise CreationDenied(namespace)
    if not store.hold_namespace(work.connection, found[0], namespace):
        # It was renamed or deleted at this moment.
        raise CreationDenied(namespace)
    created = store.insert_repository(
        work.connection,
        namespace_id=found[0],
        name=name,
        kind=kind,
        is_public=is_public,
        description=description,
        created_at=work.now,
    )
    if created is None:
        raise RepositoryExists(name)
    search.add_names(work.connection, (name,))
    if identity.name is not None:
        grants.grant(work.connection, created, holder=identity.name, is_robot=identity.kind is IdentityKind.ROBOT, role="admin")
    apply_default_permissions(work, created, found[0], creator=identity)
    repository = store.find_repository_by_id(work.connection, created)
    if repository is None:
        raise AssertionError("the row was just inserted")
    record(work, identity, LogKind.CREATE_REPO, repository, address)
    return repository


def create_named_repository(
    work: UnitOfWork,
    identity: Identity,
    namespace: str | None,
    short: str,
    *,
    is_public: bool,
    kind: RepositoryKind,
    description: str,
    nested_names: bool,
    address: str | None,
) -> Repository:
    """As `create_repository`, with a name that somebody typed; without a namespace it is the caller's own.

    Raises SignInRequired, InvalidRepositoryName and InvalidDescription too.
    """
    chosen = namespace or identity.name
    if identity.is_anonymous or chosen is None:
        raise SignInRequired
    if not is_name(chosen):
        raise CreationDenied(chosen)
    name = f"{chosen}/{parse_repository_name(short, nested=nested_names)}"
    return create_repository(
        work,
        identity,
        name,
        is_public=is_public,
        kind=kind,
        description=parse_description(description),
        address=address,
        passage=Passage.SUPERUSERS,
    )
