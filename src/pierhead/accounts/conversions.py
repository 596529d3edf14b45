"""Make a user into an organization. The rights have been checked before (see `users`)."""

from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.errors import LastAdmin, TeamExists
from pierhead.accounts.store import accounts, namespaces, teams
from pierhead.accounts.teams import OWNERS
from pierhead.accounts.users import get_account
from pierhead.audit.model import LogKind, Performer
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork


def convert_user(work: UnitOfWork, performer: Performer, user: Account, admin: Account, *, address: str | None = None) -> Account:
    """The organization, with the team `owners` that holds the admin; repositories and robots stay as they are.

    The user's password, sessions and memberships end. Raises LastAdmin where another organization would be left alone.
    """
    administered = teams.list_administered(work.connection, user.id)
    for organization_id, _ in administered:
        accounts.lock_one(work.connection, organization_id)
    namespaces.convert(work.connection, user.id)
    for organization_id, name in administered:
        if not teams.has_admin(work.connection, organization_id):
            raise LastAdmin(name)
    owners = teams.add(work.connection, user.id, OWNERS, "admin", "")
    if owners is None:
        raise TeamExists
    teams.add_member(work.connection, owners, user_id=admin.id)
    record(work, performer, LogKind.ACCOUNT_CONVERT, namespace_id=user.id, address=address, admin=admin.name)
    return get_account(work, user.id)
