"""What a caller is in a namespace, asked of the database now."""

from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.permissions import combine_namespace_roles, parse_namespace_role
from pierhead.access.model.roles import NamespaceRole
from pierhead.access.store import grants
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.users import find_namespace
from pierhead.platform.database import UnitOfWork


def find_namespace_role(work: UnitOfWork, identity: Identity, namespace: Account) -> NamespaceRole:
    """The caller's role in the namespace. The identity needs its row ids; a superuser is nothing special here."""
    if identity.is_anonymous:
        return NamespaceRole.NONE
    if identity.kind is IdentityKind.ROBOT:
        if identity.robot_id is None or identity.namespace_id != namespace.id:
            return NamespaceRole.NONE
        words = grants.list_team_roles_of_robot(work.connection, namespace.id, identity.robot_id)
        return combine_namespace_roles(owns=False, is_robot=True, team_roles=map(parse_namespace_role, words))
    if identity.user_id is None:
        return NamespaceRole.NONE
    if not namespace.is_organization:
        return NamespaceRole.ADMIN if identity.user_id == namespace.id else NamespaceRole.NONE
    words = grants.list_team_roles_of_user(work.connection, namespace.id, identity.user_id)
    return combine_namespace_roles(owns=False, is_robot=False, team_roles=map(parse_namespace_role, words))


def require_namespace_role(work: UnitOfWork, identity: Identity, name: str, least: NamespaceRole) -> Account:
    """The namespace, when the caller is at least that much in it.

    Raises SignInRequired for strangers and NotAllowed for others, the same for a namespace that does not exist.
    """
    namespace = find_namespace(work, name)
    role = NamespaceRole.NONE if namespace is None else find_namespace_role(work, identity, namespace)
    if namespace is not None and role >= least:
        return namespace
    raise SignInRequired if identity.is_anonymous else NotAllowed
