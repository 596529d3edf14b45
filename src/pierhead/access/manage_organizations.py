"""What callers do with organizations and with who is in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pierhead.access.delete_account import delete_account
from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage, may_pass
from pierhead.access.model.roles import NamespaceRole
from pierhead.access.namespace_role import find_namespace_role, require_namespace_role
from pierhead.access.repository_grants import RepositoryGrants
from pierhead.access.store import team_syncs
from pierhead.accounts import organizations, users
from pierhead.accounts.model.accounts import Account, OrganizationMember, Robot, Team
from pierhead.accounts.model.errors import AccountNotFound, MemberNotFound
from pierhead.accounts.model.quotas import QuotaReport
from pierhead.accounts.teams import find_candidate, list_teams
from pierhead.platform.database import UnitOfWork


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """An organization as a caller sees it; strangers see no team."""

    organization: Account
    role: NamespaceRole
    teams: list[Team]
    own_teams: frozenset[str] = frozenset()
    repository_counts: Mapping[str, int] = field(default_factory=dict)
    quota: QuotaReport | None = None
    synced_teams: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member of an organization, with the names of the repositories that it has a permission of its own on."""

    member: OrganizationMember
    repositories: Sequence[str]


@dataclass(frozen=True, slots=True)
class OrganizationChanges:
    """What an admin wants changed; None leaves it as it is. `details` holds fields of `Details`."""

    email: str | None = None
    tag_window_seconds: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def create_organization(
    work: UnitOfWork, identity: Identity, name: str, email: str | None, contact_email: str | None = None, *, address: str | None
) -> Account:
    """Every signed-in user may, where the settings do not leave it to superusers.

    Raises SignInRequired, NotAllowed for robots and for tokens that may not administer their user, and what `organizations.create_organization` raises.
    """
    if identity.is_anonymous:
        raise SignInRequired
    if identity.user_id is None or not identity.administers_user or not identity.may_create_organizations:
        raise NotAllowed
    creator = users.get_account(work, identity.user_id)
    created = organizations.create_organization(work, identity, creator, name, email, address=address)
    if contact_email:
        users.set_details(work, identity, created, replace(created.details, contact_email=contact_email), address=address)
    return created


def get_organization(work: UnitOfWork, identity: Identity, name: str, *, grants: RepositoryGrants) -> OrganizationView:
    """Anybody may ask. Raises AccountNotFound."""
    found = organizations.get_organization(work, name)
    role = find_namespace_role(work, identity, found)
    if role is NamespaceRole.NONE and may_pass(identity, Passage.READERS):
        # They see what members see, and may change nothing.
        role = NamespaceRole.MEMBER
    if role is NamespaceRole.NONE:
        return OrganizationView(found, role, [])
    own = organizations.list_own_teams(work, found, user_id=identity.user_id, robot_id=identity.robot_id)
    quota = grants.report_quota(work, found.id)
    counts, synced = grants.count_by_team(work, found.id), team_syncs.list_synced_names(work.connection, found.id)
    return OrganizationView(found, role, list_teams(work, found), frozenset(own), counts, quota, synced)


def change_organization(
    work: UnitOfWork, identity: Identity, name: str, changes: OrganizationChanges, *, grants: RepositoryGrants, address: str | None
) -> OrganizationView:
    """All of the changes or none; for admins. Raises what the verbs of `users` raise."""
    found = require_organization(work, identity, name)
    if changes.email is not None:
        users.set_email(work, identity, found, changes.email, address=address)
    if changes.tag_window_seconds is not None and changes.tag_window_seconds != found.tag_window_seconds:
        users.set_tag_window(work, identity, found, changes.tag_window_seconds, address=address)
    if changes.details:
        users.set_details(work, identity, found, replace(found.details, **changes.details), address=address)
    return get_organization(work, identity, name, grants=grants)


def delete_organization(work: UnitOfWork, identity: Identity, name: str, *, grants: RepositoryGrants, address: str | None) -> None:
    """For admins."""
    delete_account(work, identity, require_organization(work, identity, name), grants=grants, address=address)


def list_members(work: UnitOfWork, identity: Identity, name: str, *, grants: RepositoryGrants) -> list[MemberView]:
    """Every user in a team; for admins."""
    found = require_organization(work, identity, name, passage=Passage.BOTH)
    repositories = grants.list_of_users(work, found.id)
    return [MemberView(member, repositories.get(member.name, ())) for member in organizations.list_organization_members(work, found)]


def list_collaborators(work: UnitOfWork, identity: Identity, name: str, *, grants: RepositoryGrants) -> list[MemberView]:
    """Users that have a permission on a repository and are in no team; for admins."""
    found = require_organization(work, identity, name, passage=Passage.BOTH)
    members = {member.name for member in organizations.list_organization_members(work, found)}
    outsiders = sorted((user, names) for user, names in grants.list_of_users(work, found.id).items() if user not in members)
    accounts = [(users.get_user(work, user), names) for user, names in outsiders]
    return [MemberView(OrganizationMember(account.name, account.email, False, ()), names) for account, names in accounts]


def get_member(work: UnitOfWork, identity: Identity, name: str, member: str, *, grants: RepositoryGrants) -> MemberView:
    """One user or robot that is in a team; for admins. Raises MemberNotFound."""
    found = require_organization(work, identity, name, passage=Passage.BOTH)
    candidate = find_candidate(work, found, member)
    if candidate is None:
        raise MemberNotFound
    is_robot = isinstance(candidate, Robot)
    user_id, robot_id = (None, candidate.id) if is_robot else (candidate.id, None)
    teams = organizations.list_own_teams(work, found, user_id=user_id, robot_id=robot_id)
    if not teams:
        raise MemberNotFound
    given = grants.list_of_robots(work, found.id) if is_robot else grants.list_of_users(work, found.id)
    email = None if isinstance(candidate, Robot) else candidate.email
    return MemberView(OrganizationMember(candidate.name, email, is_robot, tuple(teams)), given.get(candidate.name, ()))


def remove_member(work: UnitOfWork, identity: Identity, name: str, member: str, *, grants: RepositoryGrants, address: str | None) -> None:
    """Take a member out of every team, and a user's own permissions too; for admins. Raises MemberNotFound and LastAdmin."""
    found = require_organization(work, identity, name)
    candidate = find_candidate(work, found, member)
    if candidate is None:
        raise MemberNotFound
    left = organizations.remove_organization_member(work, identity, found, candidate, address=address)
    if not isinstance(candidate, Robot):
        left += grants.drop_of_user(work, found.id, candidate.id)
    if left == 0:
        raise MemberNotFound


def require_organization(
    work: UnitOfWork,
    identity: Identity,
    name: str,
    least: NamespaceRole = NamespaceRole.ADMIN,
    *,
    passage: Passage = Passage.SUPERUSERS,
) -> Account:
    """As `require_namespace_role`, for organizations only. Raises AccountNotFound for the caller's own namespace."""
    found = require_namespace_role(work, identity, name, least, passage=passage)
    if not found.is_organization:
        raise AccountNotFound
    return found
