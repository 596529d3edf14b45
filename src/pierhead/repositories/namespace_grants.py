"""What was granted on the repositories of a namespace, for the lists of members and robots of the rooms below."""

from collections.abc import Mapping, Sequence

from pierhead.platform.database import UnitOfWork
from pierhead.repositories.store import namespace_grants as store


class StoredRepositoryGrants:
    """Answers what `access.repository_grants.RepositoryGrants` asks. Whoever calls it has checked the caller."""

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


def _gather(rows: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for holder, name in rows:
        gathered.setdefault(holder, []).append(name.partition("/")[2])
    return gathered
