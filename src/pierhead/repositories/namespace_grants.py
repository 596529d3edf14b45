"""What was granted on the repositories of a namespace, for the lists of members and robots of the rooms below."""

from collections.abc import Mapping, Sequence

from pierhead.access.manage_organizations import require_organization
from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage
from pierhead.access.model.roles import NamespaceRole
from pierhead.access.namespace_role import require_namespace_role
from pierhead.accounts.model.quotas import NO_QUOTAS, QuotaPolicy, QuotaReport
from pierhead.accounts.robots import get_robot
from pierhead.accounts.teams import get_team
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.model import RoleOnRepository
from pierhead.repositories.quotas import report_quota
from pierhead.repositories.store import namespace_grants as store
from pierhead.repositories.store import namespaces


class StoredRepositoryGrants:
    """Answers what `access.repository_grants.RepositoryGrants` asks. Whoever calls it has checked the caller."""

    def __init__(self, quotas: QuotaPolicy = NO_QUOTAS) -> None:
        self._quotas = quotas

    def list_of_users(self, work: UnitOfWork, namespace_id: int) -> Mapping[str, Sequence[str]]:
        """For each user with a permission of its own: the short names of the repositories."""
        return _gather(store.list_of_users(work.connection, namespace_id))

    def list_of_robots(self, work: UnitOfWork, namespace_id: int) -> Mapping[str, Sequence[str]]:
        """For each robot (whole name) with a permission of its own: the short names of the repositories."""
        return _gather(store.list_of_robots(work.connection, namespace_id))

    def count_by_team(self, work: UnitOfWork, namespace_id: int) -> Mapping[str, int]:
        """On how many repositories each team has a permission."""
        return store.count_by_team(work.connection, namespace_id)

    def drop_of_user(self, work: UnitOfWork, namespace_id: int, user_id: int) -> int:
        """Take every permission on the namespace's repositories from a user; how many there were."""
        return store.drop_of_user(work.connection, namespace_id, user_id)

    def rename_namespace(self, work: UnitOfWork, namespace_id: int, old: str, new: str) -> None:
        """The namespace's repositories bear its new name."""
        namespaces.rename_namespace(work.connection, namespace_id, old, new)

    def hide_namespace(self, work: UnitOfWork, namespace_id: int) -> None:
        """Nobody reaches the namespace's repositories any more, and their names are free; jobs remove them."""
        namespaces.hide_namespace(work.connection, namespace_id)

    def drop_of_account(self, work: UnitOfWork, user_id: int) -> None:
        """Take what a user was given on repositories of any namespace, and the user's stars."""
        namespaces.drop_of_account(work.connection, user_id)

    def report_quota(self, work: UnitOfWork, namespace_id: int) -> QuotaReport | None:
        """The namespace's quota and what is used of it; None while quotas are switched off."""
        return report_quota(work, namespace_id, self._quotas) if self._quotas.is_on else None


def list_robot_permissions(work: UnitOfWork, identity: Identity, namespace: str, short: str) -> list[RoleOnRepository]:
    """For admins of the namespace. Raises as `require_namespace_role`, and RobotNotFound."""
    found = require_namespace_role(work, identity, namespace, NamespaceRole.ADMIN)
    return store.list_of_robot(work.connection, get_robot(work, found, short).id)


def list_team_permissions(work: UnitOfWork, identity: Identity, organization: str, team: str) -> list[RoleOnRepository]:
    """For admins of the organization. Raises as `require_organization`, and TeamNotFound."""
    found = require_organization(work, identity, organization, passage=Passage.BOTH)
    return store.list_of_team(work.connection, get_team(work, found, team).id)


def _gather(rows: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for holder, name in rows:
        gathered.setdefault(holder, []).append(name.partition("/")[2])
    return gathered
