"""What a caller may do in a repository or namespace, by the grants as they are now."""

from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.permissions import (
    Grants,
    can_create_repositories,
    combine_grants,
    combine_namespace_roles,
    parse_namespace_role,
    parse_role,
)
from pierhead.access.model.roles import NamespaceRole, Role
from pierhead.accounts.model.names import RESERVED_NAMES, is_name
from pierhead.platform.database import UnitOfWork
from pierhead.repositories import store
from pierhead.repositories.model import NamespaceDisabled, Repository

_NO_REPOSITORY = 0
_USERS = frozenset((IdentityKind.USER, IdentityKind.APPLICATION_TOKEN))


def find_role(work: UnitOfWork, identity: Identity, repository: Repository) -> Role:
    """The caller's role; callers are found by name, because the identity of a bearer token has no row ids."""
    if identity.name is None:
        return combine_grants(Grants(is_public=repository.is_public))
    is_robot = identity.kind is IdentityKind.ROBOT
    rows = store.list_grants(work.connection, repository.id, repository.namespace_id, holder=identity.name, is_robot=is_robot)
    return combine_grants(
        Grants(
            is_public=repository.is_public,
            namespace_role=_namespace_role(rows, is_robot=is_robot, owns=identity.name == repository.namespace),
            direct=tuple(parse_role(role) for role, source in rows if source == "direct"),
            teams=tuple(parse_role(role) for role, source in rows if source == "team"),
        )
    )


def may_create(work: UnitOfWork, identity: Identity, namespace: str, *, create_namespaces: bool = False) -> bool:
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
    rows = store.list_grants(work.connection, _NO_REPOSITORY, namespace_id, holder=identity.name, is_robot=is_robot)
    may = can_create_repositories(_namespace_role(rows, is_robot=is_robot, owns=identity.name == namespace))
    if may and not is_enabled:
        raise NamespaceDisabled(namespace)
    return may


def may_create_namespace(work: UnitOfWork, identity: Identity, namespace: str) -> bool:
    """Whether a push of the caller may create the organization, which does not exist: users may, robots and disabled users may not."""
    if identity.kind not in _USERS or not is_name(namespace) or namespace in RESERVED_NAMES:
        return False
    creator = store.find_namespace(work.connection, identity.name or "")
    return creator is not None and creator[2]


def require_enabled_namespace(work: UnitOfWork, namespace: str) -> None:
    """Raises NamespaceDisabled; a namespace that does not exist is not disabled."""
    found = store.find_namespace(work.connection, namespace)
    if found is not None and not found[2]:
        raise NamespaceDisabled(namespace)


def _namespace_role(rows: list[tuple[str, str]], *, is_robot: bool, owns: bool) -> NamespaceRole:
    roles = (parse_namespace_role(role) for role, source in rows if source == "namespace")
    return combine_namespace_roles(owns=owns, is_robot=is_robot, team_roles=roles)
