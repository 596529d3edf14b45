"""What a caller may do in a repository, computed from the grants as they are now."""

from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.roles import NamespaceRole, Role
from pierhead.platform.database import UnitOfWork
from pierhead.repositories import store
from pierhead.repositories.model import Repository

_ROLES = {"read": Role.READ, "write": Role.WRITE, "admin": Role.ADMIN}
_NAMESPACE_ROLES = {"member": NamespaceRole.MEMBER, "creator": NamespaceRole.CREATOR, "admin": NamespaceRole.ADMIN}


def find_role(work: UnitOfWork, identity: Identity, repository: Repository) -> Role:
    """The highest role that any grant gives; a public repository gives everybody READ."""
    public = Role.READ if repository.is_public else Role.NONE
    if identity.is_anonymous or identity.name is None:
        return public
    is_robot = identity.kind is IdentityKind.ROBOT
    if not is_robot and identity.name == repository.namespace:
        return Role.ADMIN
    grants = store.list_grants(work.connection, repository.id, repository.namespace_id, holder=identity.name, is_robot=is_robot)
    return max([public, *(_role_of(role, source) for role, source in grants)])


def _role_of(role: str, source: str) -> Role:
    if source == "namespace":
        return Role.ADMIN if role == "admin" else Role.NONE
    return _ROLES[role]


def find_namespace_role(work: UnitOfWork, identity: Identity, namespace: str) -> NamespaceRole:
    """The caller's role in a namespace; NONE when there is none, or it is disabled."""
    found = store.find_namespace(work.connection, namespace)
    if found is None or identity.is_anonymous or identity.name is None:
        return NamespaceRole.NONE
    namespace_id, _kind, is_enabled = found
    if not is_enabled:
        return NamespaceRole.NONE
    is_robot = identity.kind is IdentityKind.ROBOT
    if not is_robot and identity.name == namespace:
        return NamespaceRole.ADMIN
    grants = store.list_grants(work.connection, 0, namespace_id, holder=identity.name, is_robot=is_robot)
    return max((_NAMESPACE_ROLES[role] for role, source in grants if source == "namespace"), default=NamespaceRole.NONE)


def may_create(work: UnitOfWork, identity: Identity, namespace: str) -> bool:
    """Whether the caller may create repositories in the namespace."""
    return find_namespace_role(work, identity, namespace) >= NamespaceRole.CREATOR
