"""Whom a caller may give permissions to, by the beginning of the name (api-v1/accounts, section 9)."""

from dataclasses import dataclass

from pierhead.access.model.identity import Identity
from pierhead.access.model.roles import NamespaceRole
from pierhead.accounts.model.names import is_storable
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.model import FoundAccount
from pierhead.repositories.permissions import find_membership
from pierhead.repositories.store import entities
from pierhead.repositories.store import repositories as store

MAXIMUM_ENTITIES = 10  # users and robots together
_NO_NAMESPACE = 0


@dataclass(frozen=True, slots=True)
class Entities:
    """`in_organization` says whether the namespace is one, so that membership means something."""

    teams: list[str]
    users: list[FoundAccount]
    robots: list[str]
    organization: str | None
    in_organization: bool


NOBODY = Entities([], [], [], None, in_organization=False)


def find_entities(
    work: UnitOfWork, identity: Identity, prefix: str, *, namespace: str | None, with_teams: bool, with_organizations: bool
) -> Entities:
    """Teams and robots are for members of the namespace. Strangers find nobody: they could otherwise list every user."""
    if identity.is_anonymous or not prefix or not is_storable(prefix):
        return NOBODY
    begins = prefix.lower()
    found = store.find_namespace(work.connection, namespace) if namespace and is_storable(namespace) else None
    namespace_id = _NO_NAMESPACE if found is None else found[0]
    is_organization = found is not None and found[1] == "organization"
    is_member = namespace is not None and find_membership(work, identity, namespace) >= NamespaceRole.MEMBER
    asked = (work.connection, begins, namespace_id, MAXIMUM_ENTITIES)
    robots = entities.list_robots(*asked) if is_member else []
    users = entities.list_users(*asked)[: MAXIMUM_ENTITIES - len(robots)]
    teams = entities.list_teams(*asked) if is_member and is_organization and with_teams else []
    shows_organization = with_organizations and is_organization and namespace is not None and namespace.startswith(begins)
    return Entities(teams, users, robots, namespace if shows_organization else None, is_organization)
