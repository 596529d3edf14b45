"""What access asks the room of repositories, which stands above it; the composition root hands the answerer in."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from pierhead.accounts.model.quotas import QuotaReport
from pierhead.platform.database import UnitOfWork


class RepositoryGrants(Protocol):
    """Who was given what on the repositories of a namespace. Repository names come without the namespace."""

    def list_of_users(self, work: UnitOfWork, namespace_id: int) -> Mapping[str, Sequence[str]]:
        """For each user with a permission of its own: the names of the repositories."""
        ...

    def list_of_robots(self, work: UnitOfWork, namespace_id: int) -> Mapping[str, Sequence[str]]:
        """For each robot (whole name) with a permission of its own: the names of the repositories."""
        ...

    def count_by_team(self, work: UnitOfWork, namespace_id: int) -> Mapping[str, int]:
        """On how many repositories each team has a permission."""
        ...

    def drop_of_user(self, work: UnitOfWork, namespace_id: int, user_id: int) -> int:
        """Take every permission on the namespace's repositories from a user; how many there were."""
        ...

    def report_quota(self, work: UnitOfWork, namespace_id: int) -> QuotaReport | None:
        """The namespace's quota and what is used of it; None while quotas are switched off."""
        ...

    def rename_namespace(self, work: UnitOfWork, namespace_id: int, old: str, new: str) -> None:
        """The namespace's repositories bear its new name."""
        ...

    def hide_namespace(self, work: UnitOfWork, namespace_id: int) -> None:
        """Nobody reaches the namespace's repositories any more, and their names are free; jobs remove them."""
        ...

    def drop_of_account(self, work: UnitOfWork, user_id: int) -> None:
        """Take what a user was given on repositories of any namespace, and the user's stars."""
        ...


class NoRepositoryGrants:
    """Stands in where there are no repositories."""

    def list_of_users(self, work: UnitOfWork, namespace_id: int) -> Mapping[str, Sequence[str]]:
        return {}

    def list_of_robots(self, work: UnitOfWork, namespace_id: int) -> Mapping[str, Sequence[str]]:
        return {}

    def count_by_team(self, work: UnitOfWork, namespace_id: int) -> Mapping[str, int]:
        return {}

    def drop_of_user(self, work: UnitOfWork, namespace_id: int, user_id: int) -> int:
        return 0

    def report_quota(self, work: UnitOfWork, namespace_id: int) -> QuotaReport | None:
        return None

    def rename_namespace(self, work: UnitOfWork, namespace_id: int, old: str, new: str) -> None:
        return

    def hide_namespace(self, work: UnitOfWork, namespace_id: int) -> None:
        return

    def drop_of_account(self, work: UnitOfWork, user_id: int) -> None:
        return
