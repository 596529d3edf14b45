"""Let a superuser administer a namespace that nobody else does any more."""

from pierhead.access.convert_user import make_organization
from pierhead.access.model.identity import Identity
from pierhead.access.services import AccessServices
from pierhead.accounts import organizations, teams, users
from pierhead.accounts.model.accounts import Account
from pierhead.administration.model import SuperuserProtected
from pierhead.administration.superuser import require_superuser
from pierhead.audit.model import LogKind
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork


def take_ownership(work: UnitOfWork, services: AccessServices, identity: Identity, name: str, *, address: str | None) -> None:
    """Make a user into an organization of the caller's, or put the caller into the team `owners` of an organization.

    Taking what one administers already changes nothing. Raises SignInRequired, NotAllowed, AccountNotFound, LastAdmin, and
    SuperuserProtected for the namespace of a superuser, the caller's own included.
    """
    require_superuser(identity)
    namespace = users.get_namespace(work, name)
    caller = users.get_account(work, identity.user_id or 0)
    if namespace.is_superuser:
        raise SuperuserProtected("Cannot take ownership of a superuser")
    if not namespace.is_organization:
        make_organization(work, services, identity, namespace, caller, address=address)
    elif caller.name in organizations.list_admins(work, namespace):
        return
    else:
        _join_owners(work, identity, namespace, caller, address)
    record(
        work,
        identity,
        LogKind.TAKE_OWNERSHIP,
        namespace_id=namespace.id,
        address=address,
        superuser=caller.name,
        namespace=namespace.name,
    )


def _join_owners(work: UnitOfWork, identity: Identity, organization: Account, caller: Account, address: str | None) -> None:
    found = teams.find_team(work, organization, teams.OWNERS)
    if found is None:
        teams.create_team(work, identity, organization, teams.OWNERS, "admin", address=address)
    elif found.role != "admin":
        teams.change_team(work, identity, organization, found, "admin", None, address=address)
    if caller.name not in {member.name for member in teams.list_team_members(work, teams.get_team(work, organization, teams.OWNERS))}:
        teams.add_team_member(work, identity, organization, teams.OWNERS, caller, address=address)
