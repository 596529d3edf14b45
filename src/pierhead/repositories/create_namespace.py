"""Create the organization that a push names (setting `registry.create_namespace_on_push`)."""

from pierhead.access.model.identity import Identity
from pierhead.accounts.model.errors import NameTaken
from pierhead.accounts.organizations import create_organization
from pierhead.accounts.users import get_user
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.permissions import may_create_namespace
from pierhead.repositories.store import repositories as store


def create_missing_namespace(work: UnitOfWork, identity: Identity, namespace: str, *, address: str | None = None) -> None:
    """Add the organization with the caller as its owner. Does nothing where there is a namespace, or the caller may not create one."""
    if store.find_namespace(work.connection, namespace) is not None or not may_create_namespace(work, identity, namespace):
        return
    creator = get_user(work, identity.name or "")
    try:
        create_organization(work, identity, creator, namespace, address=address)
    except NameTaken:
        # Another push was first; whether this caller may create repositories there is asked next.
        return
