"""Queries that list the repositories which somebody may read."""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, exists, func, literal, or_, select, union
from sqlalchemy.sql import Select

from pierhead.accounts.tables import account, team, team_member
from pierhead.platform.database import Prepared
from pierhead.repositories.model import RepositoryItem, RepositoryKind, RepositoryState
from pierhead.repositories.store.grants import ROBOT_ID, USER_ID
from pierhead.repositories.tables import repository, repository_permission, star


class Holder(NamedTuple):
    """Where the grants of a kind of caller stand, and the id of the one who is asked about (bindparam `holder`)."""

    permission_column: Any
    member_column: Any
    id: Any
    owns_namespaces: bool


USER = Holder(repository_permission.c.user_id, team_member.c.user_id, USER_ID, owns_namespaces=True)
ROBOT = Holder(repository_permission.c.robot_id, team_member.c.robot_id, ROBOT_ID, owns_namespaces=False)
_HOLDERS = {"user": USER, "robot": ROBOT}
is_enabled = exists().where(account.c.id == repository.c.namespace_id, account.c.is_enabled)
is_there = repository.c.state != RepositoryState.MARKED_FOR_DELETION.value


def granted(holder: Holder) -> tuple[Select[Any], Select[Any], Select[Any]]:
    """Ids of repositories by direct permission, by permission of a team, and ids of namespaces that the holder administers."""
    direct = select(repository_permission.c.repository_id).where(holder.permission_column == holder.id)
    by_team = (
        select(repository_permission.c.repository_id)
        .join(team_member, team_member.c.team_id == repository_permission.c.team_id)
        .where(holder.member_column == holder.id)
    )
    administered = (
        select(team.c.organization_id)
        .join(team_member, team_member.c.team_id == team.c.id)
        .where(holder.member_column == holder.id, team.c.role == "admin")
    )
    return direct, by_team, administered


def _visible(holder: Holder, *columns: Any) -> Select[Any]:
    """Image repositories of enabled namespaces on which a holder has any right, by name."""
    direct, by_team, administered = granted(holder)
    return (
        select(*columns)
        .where(
            repository.c.name > bindparam("after"),
            repository.c.kind == RepositoryKind.IMAGE.value,
            is_there,
            is_enabled,
            or_(
                repository.c.namespace_id == holder.id if holder.owns_namespaces else literal(value=False),
                repository.c.namespace_id.in_(administered),
                repository.c.id.in_(direct),
                repository.c.id.in_(by_team),
                repository.c.is_public & (bindparam("with_public") == 1),
            ),
        )
        .order_by(repository.c.name)
        .limit(bindparam("maximum"))
    )


_VISIBLE = {kind: Prepared(_visible(holder, repository.c.name)) for kind, holder in _HOLDERS.items()}

_is_starred = exists().where(star.c.repository_id == repository.c.id, star.c.user_id == USER_ID).correlate(repository)
ITEM = (
    repository.c.id,
    repository.c.name,
    repository.c.description,
    repository.c.is_public,
    repository.c.kind,
    repository.c.state,
    repository.c.modified_ms,
    _is_starred,
)
_count_stars = select(star.c.repository_id, func.count().label("stars")).group_by(star.c.repository_id)
_STARS = _count_stars.where(star.c.repository_id.in_(bindparam("repository_ids", expanding=True)))


def _page(*, in_namespace: bool, starred: bool, with_public: bool, everything: bool) -> Prepared:
    """Repositories beyond an id, for a user, or for one who may see everything. The candidates come from indexes of what was granted, so no foreign row is looked at."""
    narrowed = [
        repository.c.id > bindparam("after_id"),
        repository.c.kind == bindparam("kind"),
        is_there,
        is_enabled,
    ]
    if in_namespace:
        narrowed.append(repository.c.namespace_id == select(account.c.id).where(account.c.name == bindparam("namespace")).scalar_subquery())
    if starred:
        narrowed.append(_is_starred)
    if everything:
        return Prepared(select(*ITEM).where(*narrowed).order_by(repository.c.id).limit(bindparam("maximum")))
    direct, by_team, administered = granted(USER)
    candidate = repository.alias()
    sources: list[Any] = [
        direct,
        by_team,
        select(candidate.c.id).where(candidate.c.namespace_id == USER_ID),
        select(candidate.c.id).where(candidate.c.namespace_id.in_(administered)),
    ]
    if with_public:
        public = select(repository.c.id).where(repository.c.is_public, *narrowed).order_by(repository.c.id).limit(bindparam("maximum"))
        sources.append(select(public.subquery().c.id))
    chosen = select(union(*sources).subquery().c[0])
    return Prepared(select(*ITEM).where(repository.c.id.in_(chosen), *narrowed).order_by(repository.c.id).limit(bindparam("maximum")))


_PAGES = {
    flags: _page(in_namespace=flags[0], starred=flags[1], with_public=flags[2], everything=flags[3])
    for flags in itertools.product((False, True), repeat=4)
}


def list_visible_names(connection: Connection, *, holder: str, is_robot: bool, with_public: bool, after: str, maximum: int) -> list[str]:
    """Names of image repositories that the holder may read, beyond `after`."""
    statement = _VISIBLE["robot" if is_robot else "user"]
    rows = statement.all(connection, holder=holder, with_public=int(with_public), after=after, maximum=maximum)
    return [row[0] for row in rows]


def list_page(
    connection: Connection,
    *,
    user: str,
    namespace: str | None,
    starred: bool,
    with_public: bool,
    kind: RepositoryKind,
    after_id: int,
    maximum: int,
    everything: bool = False,
) -> list[RepositoryItem]:
    """Repositories that the user may read, or public ones as well, or all, by id beyond `after_id`. The empty user is nobody."""
    parameters: dict[str, object] = {"holder": user, "kind": kind.value, "after_id": after_id, "maximum": maximum}
    if namespace is not None:
        parameters["namespace"] = namespace
    return read_items(_PAGES[namespace is not None, starred, with_public, everything].all(connection, **parameters))


def count_stars(connection: Connection, repository_ids: Sequence[int]) -> dict[int, int]:
    """How many users starred each repository; those without a star are left out."""
    return {row.repository_id: row.stars for row in connection.execute(_STARS, {"repository_ids": list(repository_ids)})}


def read_items(rows: Sequence[tuple[Any, ...]]) -> list[RepositoryItem]:
    """Rows of ITEM."""
    return [
        RepositoryItem(row[0], row[1], row[2], bool(row[3]), RepositoryKind(row[4]), RepositoryState(row[5]), row[6], bool(row[7]))
        for row in rows
    ]
