"""What a caller may do in a repository or namespace, by the grants as they are now."""

from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.oauth_scopes import cap_namespace_role, cap_role, may_administer_user
from pierhead.access.model.permissions import (
    Grants,
    Passage,
    can_create_repositories,
    combine_grants,
    combine_namespace_roles,
    may_pass,
    parse_namespace_role,
    parse_role,
)
from pierhead.access.model.roles import NamespaceRole, Role
from pierhead.access.namespace_role import note_passage
from pierhead.accounts.model.names import RESERVED_NAMES, is_name
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.model import Grant, NamespaceDisabled, Repository, RepositoryNotFound, is_repository_name
from pierhead.repositories.store import grants
from pierhead.repositories.store import repositories as store

_NO_REPOSITORY = 0
_USERS = frozenset((IdentityKind.USER, IdentityKind.APPLICATION_TOKEN, IdentityKind.OAUTH_TOKEN))


def find_role(work: UnitOfWork, identity: Identity, repository: Repository) -> Role:
    """The caller's role, capped by the scopes of its token. Callers are found by name: the identity of a bearer token has no row ids."""
    if identity.name is None:
        return combine_grants(Grants(is_public=repository.is_public))
    is_robot = identity.kind is IdentityKind.ROBOT
    rows = grants.list_grants(work.connection, repository.id, repository.namespace_id, holder=identity.name, is_robot=is_robot)
    role = combine(rows, repository, is_robot=is_robot, owns=identity.name == repository.namespace)
    return cap_role(role, identity.scopes, is_public=repository.is_public)


def name_of_reader(identity: Identity) -> str:
    """The user or robot whose permissions make repositories visible to the caller; empty when only public ones are."""
    can_read = cap_role(Role.READ, identity.scopes, is_public=False) >= Role.READ
    return identity.name if can_read and identity.name is not None else ""


def combine(rows: list[Grant], repository: Repository, *, is_robot: bool, owns: bool) -> Role:
    """The role that the grants of one holder add up to."""
    return combine_grants(
        Grants(
            is_public=repository.is_public,
            namespace_role=_namespace_role(rows, is_robot=is_robot, owns=owns),
            direct=tuple(parse_role(row.role) for row in rows if row.source == "direct"),
            teams=tuple(parse_role(row.role) for row in rows if row.source == "team"),
        )
    )


def require_role(work: UnitOfWork, identity: Identity, name: str, least: Role, *, passage: Passage = Passage.SUPERUSERS) -> Repository:
    """The repository, when the caller is at least that much in it, or is one of those whom `passage` lets pass.

    Raises SignInRequired and NotAllowed, for a missing repository too; RepositoryNotFound only for members of the namespace and for whoever
    passes.
    """
    repository = store.find_repository(work.connection, name) if is_repository_name(name) else None
    passes = may_pass(identity, passage)
    if repository is not None and find_role(work, identity, repository) >= least:
        return repository
    if repository is not None and passes:
        note_passage(work)
        return repository
    if repository is None and (passes or find_membership(work, identity, name.partition("/")[0]) >= NamespaceRole.MEMBER):
        raise RepositoryNotFound
    raise SignInRequired if identity.is_anonymous else NotAllowed


def find_membership(work: UnitOfWork, identity: Identity, namespace: str) -> NamespaceRole:
    """The caller's role in a namespace of any name."""
    found = store.find_namespace(work.connection, namespace) if is_name(namespace) else None
    if identity.name is None or found is None:
        return NamespaceRole.NONE
    is_robot = identity.kind is IdentityKind.ROBOT
    rows = grants.list_grants(work.connection, _NO_REPOSITORY, found[0], holder=identity.name, is_robot=is_robot)
    return cap_namespace_role(_namespace_role(rows, is_robot=is_robot, owns=identity.name == namespace), identity.scopes)


def may_create(
    work: UnitOfWork, identity: Identity, namespace: str, *, create_namespaces: bool = False, passage: Passage = Passage.NOBODY
) -> bool:
    """Whether the caller may create repositories in the namespace. Where there is none, only who may create it in passing.

    Raises NamespaceDisabled when nothing else stands against it: others are not told.
    """
    if identity.name is None:
        return False
    found = store.find_namespace(work.connection, namespace)
    if found is None:
        return create_namespaces and may_create_namespace(work, identity, namespace)
    namespace_id, _kind, is_enabled = found
    is_robot = identity.kind is IdentityKind.ROBOT
    rows = grants.list_grants(work.connection, _NO_REPOSITORY, namespace_id, holder=identity.name, is_robot=is_robot)
    role = _namespace_role(rows, is_robot=is_robot, owns=identity.name == namespace)
    may = can_create_repositories(cap_namespace_role(role, identity.scopes))
    if may and identity.is_restricted and identity.name.partition("+")[0] == namespace:
        return False
    if not may and may_pass(identity, passage):
        note_passage(work)
        may = True
    if may and not is_enabled:
        raise NamespaceDisabled(namespace)
    return may


def may_create_namespace(work: UnitOfWork, identity: Identity, namespace: str) -> bool:
    """Whether a push of the caller may create the organization, which does not exist: users may, robots and disabled users may not."""
    if identity.kind not in _USERS or not identity.may_create_organizations or not is_name(namespace) or namespace in RESERVED_NAMES:
        return False
    if not may_administer_user(identity.scopes):
        return False
    creator = store.find_namespace(work.connection, identity.name or "")
    return creator is not None and creator[2]


def require_enabled_namespace(work: UnitOfWork, namespace: str) -> None:
    """Raises NamespaceDisabled; a namespace that does not exist is not disabled."""
    found = store.find_namespace(work.connection, namespace)
    if found is not None and not found[2]:
        raise NamespaceDisabled(namespace)


def _namespace_role(rows: list[Grant], *, is_robot: bool, owns: bool) -> NamespaceRole:
    roles = (parse_namespace_role(row.role) for row in rows if row.source == "namespace")
    return combine_namespace_roles(owns=owns, is_robot=is_robot, team_roles=roles)
