"""What callers do with organizations."""

from dataclasses import dataclass

from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.roles import NamespaceRole
from pierhead.access.namespace_role import find_namespace_role
from pierhead.accounts import organizations
from pierhead.accounts.model.accounts import Account, Team
from pierhead.accounts.users import get_account
from pierhead.platform.database import UnitOfWork


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """An organization as a caller sees it; strangers see no team."""

    organization: Account
    role: NamespaceRole
    teams: list[Team]


def create_organization(work: UnitOfWork, identity: Identity, name: str, email: str | None, *, address: str | None) -> Account:
    """Every signed-in user may. Raises SignInRequired, NotAllowed for robots, and what `organizations.create_organization` raises."""
    if identity.is_anonymous:
        raise SignInRequired
    if identity.kind is IdentityKind.ROBOT or identity.user_id is None:
        raise NotAllowed
    creator = get_account(work, identity.user_id)
    return organizations.create_organization(work, identity, creator, name, email, address=address)


def get_organization(work: UnitOfWork, identity: Identity, name: str) -> OrganizationView:
    """Anybody may ask. Raises AccountNotFound."""
    found = organizations.get_organization(work, name)
    role = find_namespace_role(work, identity, found)
    teams = organizations.list_teams(work, found) if role > NamespaceRole.NONE else []
    return OrganizationView(found, role, teams)
