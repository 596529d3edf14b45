"""Queries about policies of namespaces and repositories."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, or_, select, update

from pierhead.platform.database import Prepared
from pierhead.registry.model.policies import ImmutabilityPolicy, PruneMethod, PrunePolicy
from pierhead.registry.tables import immutability_policy, prune_policy
from pierhead.repositories.tables import repository


class Owner:
    """Whose policies are meant: those of a namespace itself, or of a repository itself."""

    __slots__ = ("column", "row_id")

    def __init__(self, *, namespace_id: int | None = None, repository_id: int | None = None) -> None:
        self.column = "namespace_id" if namespace_id is not None else "repository_id"
        self.row_id = namespace_id if namespace_id is not None else repository_id


_OWNERS = ("namespace_id", "repository_id")
_IMMUTABILITY = (immutability_policy.c.pattern, immutability_policy.c.matches, immutability_policy.c.uuid)
_PRUNE = (prune_policy.c.method, prune_policy.c.value, prune_policy.c.pattern, prune_policy.c.matches, prune_policy.c.uuid)


def _list(table: Table, columns: Sequence[Any], owner: str) -> Prepared:
    return Prepared(select(*columns).where(table.c[owner] == bindparam("row_id")).order_by(table.c.id))


def _delete(table: Table, owner: str) -> Prepared:
    return Prepared(delete(table).where(table.c[owner] == bindparam("row_id"), table.c.uuid == bindparam("policy")))


def _applying(table: Table, columns: Sequence[Any]) -> Prepared:
    return Prepared(
        select(*columns)
        .where(or_(table.c.namespace_id == bindparam("namespace_id"), table.c.repository_id == bindparam("repository_id")))
        .order_by(table.c.id)
    )


_LIST_IMMUTABILITY = {owner: _list(immutability_policy, _IMMUTABILITY, owner) for owner in _OWNERS}
_LIST_PRUNE = {owner: _list(prune_policy, _PRUNE, owner) for owner in _OWNERS}
_DELETE_IMMUTABILITY = {owner: _delete(immutability_policy, owner) for owner in _OWNERS}
_DELETE_PRUNE = {owner: _delete(prune_policy, owner) for owner in _OWNERS}
_APPLYING_IMMUTABILITY = _applying(immutability_policy, _IMMUTABILITY)
_APPLYING_PRUNE = _applying(prune_policy, _PRUNE)
_INSERT_IMMUTABILITY = Prepared(
    insert(immutability_policy).values({name: bindparam(name) for name in ("uuid", "namespace_id", "repository_id", "pattern", "matches")})
)
_INSERT_PRUNE = Prepared(
    insert(prune_policy).values(
        {name: bindparam(name) for name in ("uuid", "namespace_id", "repository_id", "method", "value", "pattern", "matches")}
    )
)
_CHANGE_IMMUTABILITY = Prepared(
    update(immutability_policy)
    .where(immutability_policy.c.uuid == bindparam("policy"))
    .values(pattern=bindparam("new_pattern"), matches=bindparam("new_matches"))
)
_CHANGE_PRUNE = Prepared(
    update(prune_policy)
    .where(prune_policy.c.uuid == bindparam("policy"))
    .values(
        method=bindparam("new_method"), value=bindparam("new_value"), pattern=bindparam("new_pattern"), matches=bindparam("new_matches")
    )
)
_REPOSITORIES_OF_NAMESPACE = Prepared(
    select(repository.c.id)
    .where(repository.c.namespace_id == bindparam("namespace_id"), repository.c.id > bindparam("after"))
    .order_by(repository.c.id)
    .limit(bindparam("maximum"))
)
_with_policy = or_(
    select(prune_policy.c.id).where(prune_policy.c.repository_id == repository.c.id).exists(),
    select(prune_policy.c.id).where(prune_policy.c.namespace_id == repository.c.namespace_id).exists(),
)
_REPOSITORIES = select(repository.c.id).where(repository.c.id > bindparam("after")).order_by(repository.c.id).limit(bindparam("maximum"))
_REPOSITORIES_WITH_POLICY = Prepared(_REPOSITORIES.where(_with_policy))
_ALL_REPOSITORIES = Prepared(_REPOSITORIES)


def list_immutability(connection: Connection, owner: Owner) -> list[ImmutabilityPolicy]:
    """The owner's own policies, the oldest first."""
    return [_immutability(row) for row in _LIST_IMMUTABILITY[owner.column].all(connection, row_id=owner.row_id)]


def list_prune(connection: Connection, owner: Owner) -> list[PrunePolicy]:
    """The owner's own policies, the oldest first."""
    return [_prune(row) for row in _LIST_PRUNE[owner.column].all(connection, row_id=owner.row_id)]


def list_applying_immutability(connection: Connection, *, namespace_id: int, repository_id: int) -> list[ImmutabilityPolicy]:
    """What holds in a repository: its own policies and those of its namespace."""
    return [_immutability(row) for row in _APPLYING_IMMUTABILITY.all(connection, namespace_id=namespace_id, repository_id=repository_id)]


def list_applying_prune(connection: Connection, *, namespace_id: int, repository_id: int) -> list[PrunePolicy]:
    """What holds in a repository: its own policies and those of its namespace."""
    return [_prune(row) for row in _APPLYING_PRUNE.all(connection, namespace_id=namespace_id, repository_id=repository_id)]


def insert_immutability(connection: Connection, owner: Owner, policy: ImmutabilityPolicy) -> None:
    """Add a policy, which has its uuid."""
    _INSERT_IMMUTABILITY.run(connection, **_ids(owner), uuid=policy.uuid, pattern=policy.pattern, matches=policy.matches)


def insert_prune(connection: Connection, owner: Owner, policy: PrunePolicy) -> None:
    """Add a policy, which has its uuid."""
    _INSERT_PRUNE.run(
        connection,
        **_ids(owner),
        uuid=policy.uuid,
        method=policy.method.value,
        value=policy.value,
        pattern=policy.pattern,
        matches=policy.matches,
    )


def change_immutability(connection: Connection, policy: ImmutabilityPolicy) -> None:
    """Replace the policy of this uuid."""
    _CHANGE_IMMUTABILITY.run(connection, policy=policy.uuid, new_pattern=policy.pattern, new_matches=policy.matches)


def change_prune(connection: Connection, policy: PrunePolicy) -> None:
    """Replace the policy of this uuid."""
    _CHANGE_PRUNE.run(
        connection,
        policy=policy.uuid,
        new_method=policy.method.value,
        new_value=policy.value,
        new_pattern=policy.pattern,
        new_matches=policy.matches,
    )


def delete_immutability(connection: Connection, owner: Owner, uuid: str) -> bool:
    """Remove a policy of this owner; whether it was there."""
    return _DELETE_IMMUTABILITY[owner.column].run(connection, row_id=owner.row_id, policy=uuid) > 0


def delete_prune(connection: Connection, owner: Owner, uuid: str) -> bool:
    """Remove a policy of this owner; whether it was there."""
    return _DELETE_PRUNE[owner.column].run(connection, row_id=owner.row_id, policy=uuid) > 0


def list_repositories_of(connection: Connection, namespace_id: int, *, after: int, maximum: int) -> list[int]:
    """Row ids of the repositories of a namespace, beyond `after`."""
    return [row[0] for row in _REPOSITORIES_OF_NAMESPACE.all(connection, namespace_id=namespace_id, after=after, maximum=maximum)]


def list_prunable(connection: Connection, *, everywhere: bool, after: int, maximum: int) -> list[int]:
    """Row ids of repositories that a policy is about, beyond `after`; with `everywhere`, of all."""
    statement = _ALL_REPOSITORIES if everywhere else _REPOSITORIES_WITH_POLICY
    return [row[0] for row in statement.all(connection, after=after, maximum=maximum)]


def _ids(owner: Owner) -> dict[str, int | None]:
    return {**dict.fromkeys(_OWNERS), owner.column: owner.row_id}


def _immutability(row: Sequence[Any]) -> ImmutabilityPolicy:
    return ImmutabilityPolicy(row[0], bool(row[1]), row[2])


def _prune(row: Sequence[Any]) -> PrunePolicy:
    return PrunePolicy(PruneMethod(row[0]), row[1], row[2], bool(row[3]), row[4])
