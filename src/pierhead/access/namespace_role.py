"""What a caller is in a namespace, asked of the database now."""

from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.oauth_scopes import cap_namespace_role
from pierhead.access.model.permissions import Passage, combine_namespace_roles, may_pass, parse_namespace_role
from pierhead.access.model.roles import NamespaceRole
from pierhead.access.store import grants
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.users import find_namespace
from pierhead.platform.database import UnitOfWork

SUPERUSER_ACCESS = "superuser_access"


def find_namespace_role(
    work: UnitOfWork, identity: Identity, namespace: Account, *, passage: Passage = Passage.SUPERUSERS
) -> NamespaceRole:
    """The caller's role in the namespace, admin for whom the call lets pass. The identity needs its row ids."""
    return NamespaceRole.ADMIN if may_pass(identity, passage) else _find_granted_role(work, identity, namespace)


def note_passage(work: UnitOfWork) -> None:
    """Every record of this unit of work tells that the caller passed as a superuser, without a grant."""
    work.remarks[SUPERUSER_ACCESS] = True


def _find_granted_role(work: UnitOfWork, identity: Identity, namespace: Account) -> NamespaceRole:
    """Capped by the scopes of the caller's token; one that may administer its user may administer the user's own namespace."""
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
        own = NamespaceRole.ADMIN if identity.user_id == namespace.id else NamespaceRole.NONE
        return own if identity.administers_user else cap_namespace_role(own, identity.scopes)
    words = grants.list_team_roles_of_user(work.connection, namespace.id, identity.user_id)
    role = combine_namespace_roles(owns=False, is_robot=False, team_roles=map(parse_namespace_role, words))
    return cap_namespace_role(role, identity.scopes)


def require_namespace_role(
    work: UnitOfWork, identity: Identity, name: str, least: NamespaceRole, *, passage: Passage = Passage.SUPERUSERS
) -> Account:
    """The namespace, when the caller is at least that much in it, or is one of those whom `passage` lets pass.

    Raises SignInRequired for strangers and NotAllowed for others, the same for a namespace that does not exist.
    """
    namespace = find_namespace(work, name)
    if namespace is not None and _find_granted_role(work, identity, namespace) >= least:
        return namespace
    if namespace is not None and may_pass(identity, passage):
        note_passage(work)
        return namespace
    raise SignInRequired if identity.is_anonymous else NotAllowed
