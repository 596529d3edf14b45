"""What admins do with policies about tags: of an organization, of themselves, of a repository (tags-and-gc 5 and 6)."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import TypeVar

from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage
from pierhead.access.model.roles import NamespaceRole, Role
from pierhead.access.namespace_role import require_namespace_role
from pierhead.audit import record as audit
from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.registry.immutability import list_held_by_policy
from pierhead.registry.model.policies import ImmutabilityPolicy, PolicyExists, PolicyNotFound, PrunePolicy, TooManyPolicies
from pierhead.registry.prune_tags import PrunePreview, list_applying, list_repositories_of, preview
from pierhead.registry.store import bulk, listing
from pierhead.registry.store import policies as store
from pierhead.registry.store.policies import Owner
from pierhead.repositories.model import Repository
from pierhead.repositories.permissions import require_role

P = TypeVar("P", PrunePolicy, ImmutabilityPolicy)

_MAXIMUM = 50
_REPOSITORIES = 100


class Scope(StrEnum):
    """Whose policies are meant."""

    NAMESPACE = "namespace"
    REPOSITORY = "repository"


@dataclass(frozen=True, slots=True)
class Place:
    """A namespace or a repository by its name."""

    scope: Scope
    name: str


@dataclass(frozen=True, slots=True)
class _Found:
    owner: Owner
    namespace_id: int
    repository: Repository | None
    facts: dict[str, str]


_KINDS = {
    (Scope.NAMESPACE, "create", True): LogKind.CREATE_NAMESPACE_AUTOPRUNE_POLICY,
    (Scope.NAMESPACE, "update", True): LogKind.UPDATE_NAMESPACE_AUTOPRUNE_POLICY,
    (Scope.NAMESPACE, "delete", True): LogKind.DELETE_NAMESPACE_AUTOPRUNE_POLICY,
    (Scope.REPOSITORY, "create", True): LogKind.CREATE_REPOSITORY_AUTOPRUNE_POLICY,
    (Scope.REPOSITORY, "update", True): LogKind.UPDATE_REPOSITORY_AUTOPRUNE_POLICY,
    (Scope.REPOSITORY, "delete", True): LogKind.DELETE_REPOSITORY_AUTOPRUNE_POLICY,
    (Scope.NAMESPACE, "create", False): LogKind.CREATE_NAMESPACE_IMMUTABILITY_POLICY,
    (Scope.NAMESPACE, "update", False): LogKind.UPDATE_NAMESPACE_IMMUTABILITY_POLICY,
    (Scope.NAMESPACE, "delete", False): LogKind.DELETE_NAMESPACE_IMMUTABILITY_POLICY,
    (Scope.REPOSITORY, "create", False): LogKind.CREATE_REPOSITORY_IMMUTABILITY_POLICY,
    (Scope.REPOSITORY, "update", False): LogKind.UPDATE_REPOSITORY_IMMUTABILITY_POLICY,
    (Scope.REPOSITORY, "delete", False): LogKind.DELETE_REPOSITORY_IMMUTABILITY_POLICY,
}


def _find(work: UnitOfWork, identity: Identity, place: Place, *, reads: bool) -> _Found:
    passage = Passage.BOTH if reads else Passage.SUPERUSERS
    if place.scope is Scope.NAMESPACE:
        account = require_namespace_role(work, identity, place.name, NamespaceRole.ADMIN, passage=passage)
        return _Found(Owner(namespace_id=account.id), account.id, None, {"namespace": account.name})
    repository = require_role(work, identity, place.name, Role.ADMIN, passage=passage)
    namespace, _, short = repository.name.partition("/")
    return _Found(Owner(repository_id=repository.id), repository.namespace_id, repository, {"namespace": namespace, "repo": short})


def list_prune_policies(work: UnitOfWork, identity: Identity, place: Place) -> list[PrunePolicy]:
    """Its own policies, for admins."""
    return store.list_prune(work.connection, _find(work, identity, place, reads=True).owner)


def list_immutability_policies(work: UnitOfWork, identity: Identity, place: Place) -> list[ImmutabilityPolicy]:
    """Its own policies, for admins."""
    return store.list_immutability(work.connection, _find(work, identity, place, reads=True).owner)


def get_prune_policy(work: UnitOfWork, identity: Identity, place: Place, policy: str) -> PrunePolicy:
    """Raises PolicyNotFound."""
    return _choose(list_prune_policies(work, identity, place), policy)


def get_immutability_policy(work: UnitOfWork, identity: Identity, place: Place, policy: str) -> ImmutabilityPolicy:
    """Raises PolicyNotFound."""
    return _choose(list_immutability_policies(work, identity, place), policy)


def create_prune_policy(work: UnitOfWork, identity: Identity, place: Place, policy: PrunePolicy, *, address: str | None) -> PrunePolicy:
    """Raises PolicyExists and TooManyPolicies."""
    found = _find(work, identity, place, reads=False)
    _check_new(policy, store.list_prune(work.connection, found.owner))
    created = replace(policy, uuid=str(uuid.uuid4()))
    store.insert_prune(work.connection, found.owner, created)
    _record(work, identity, place, found, "create", created, address=address)
    return created


def change_prune_policy(work: UnitOfWork, identity: Identity, place: Place, policy: PrunePolicy, *, address: str | None) -> None:
    """Replace the policy of this uuid. Raises PolicyNotFound and PolicyExists."""
    found = _find(work, identity, place, reads=False)
    known = store.list_prune(work.connection, found.owner)
    _choose(known, policy.uuid)
    _check_others(policy, known)
    store.change_prune(work.connection, policy)
    _record(work, identity, place, found, "update", policy, address=address)


def delete_prune_policy(work: UnitOfWork, identity: Identity, place: Place, policy: str, *, address: str | None) -> None:
    """Raises PolicyNotFound."""
    found = _find(work, identity, place, reads=False)
    gone = _choose(store.list_prune(work.connection, found.owner), policy)
    store.delete_prune(work.connection, found.owner, policy)
    _record(work, identity, place, found, "delete", gone, address=address)


def create_immutability_policy(
    work: UnitOfWork, identity: Identity, place: Place, policy: ImmutabilityPolicy, *, address: str | None
) -> ImmutabilityPolicy:
    """Tags that are there already are held fast at once. Raises PolicyExists, TooManyPolicies and PatternTooSlow."""
    found = _find(work, identity, place, reads=False)
    _check_new(policy, store.list_immutability(work.connection, found.owner))
    created = replace(policy, uuid=str(uuid.uuid4()))
    store.insert_immutability(work.connection, found.owner, created)
    _record(work, identity, place, found, "create", created, address=address)
    _hold_present_tags(work, identity, found, created, address=address)
    return created


def change_immutability_policy(
    work: UnitOfWork, identity: Identity, place: Place, policy: ImmutabilityPolicy, *, address: str | None
) -> None:
    """Replace the policy of this uuid; tags that were held fast stay so. Raises PolicyNotFound, PolicyExists and PatternTooSlow."""
    found = _find(work, identity, place, reads=False)
    known = store.list_immutability(work.connection, found.owner)
    _choose(known, policy.uuid)
    _check_others(policy, known)
    store.change_immutability(work.connection, policy)
    _record(work, identity, place, found, "update", policy, address=address)
    _hold_present_tags(work, identity, found, policy, address=address)


def delete_immutability_policy(work: UnitOfWork, identity: Identity, place: Place, policy: str, *, address: str | None) -> None:
    """Tags that it held fast stay so until an admin lets them go. Raises PolicyNotFound."""
    found = _find(work, identity, place, reads=False)
    gone = _choose(store.list_immutability(work.connection, found.owner), policy)
    store.delete_immutability(work.connection, found.owner, policy)
    _record(work, identity, place, found, "delete", gone, address=address)


def preview_prune(
    work: UnitOfWork, identity: Identity, place: Place, policy: PrunePolicy | None, default: PrunePolicy | None
) -> list[PrunePreview]:
    """What a policy would let go if it were saved, or what all that hold would let go now; of the first 100 repositories of a namespace.

    Raises PatternTooSlow.
    """
    found = _find(work, identity, place, reads=True)
    previews = (
        preview(work, repository, list_applying(work, repository, default) if policy is None else [policy])
        for repository in islice(_list_repositories(work, found), _REPOSITORIES)
    )
    return [each for each in previews if each.tags]


def _hold_present_tags(work: UnitOfWork, identity: Identity, found: _Found, policy: ImmutabilityPolicy, *, address: str | None) -> None:
    total = sum(_hold_tags_of(work, repository) for repository in _list_repositories(work, found))
    if total:
        facts = {**found.facts, "tag_pattern": policy.pattern, "count": total}
        _write(work, identity, found, LogKind.TAGS_MADE_IMMUTABLE_BY_POLICY, facts, address=address)


def _list_repositories(work: UnitOfWork, found: _Found) -> Iterator[Repository]:
    if found.repository is not None:
        yield found.repository
        return
    after = 0
    while some := list_repositories_of(work, found.namespace_id, after=after, maximum=_REPOSITORIES):
        yield from some
        after = some[-1].id


def _hold_tags_of(work: UnitOfWork, repository: Repository) -> int:
    loose = listing.list_loose(work.connection, repository.id, now_ms=work.now_ms)
    held = list_held_by_policy(work, repository, [name for name, _ in loose])
    chosen = [(name, tag_id) for name, tag_id in loose if name in held]
    bulk.hold(work.connection, repository.id, chosen)
    return len(chosen)


def _choose(policies: Sequence[P], uuid: str) -> P:
    for policy in policies:
        if policy.uuid == uuid:
            return policy
    raise PolicyNotFound


def _check_new(policy: P, known: Sequence[P]) -> None:
    if len(known) >= _MAXIMUM:
        raise TooManyPolicies(_MAXIMUM)
    _check_others(policy, known)


def _check_others(policy: P, known: Sequence[P]) -> None:
    if any(replace(each, uuid="") == replace(policy, uuid="") for each in known if each.uuid != policy.uuid):
        raise PolicyExists


def _record(
    work: UnitOfWork,
    identity: Identity,
    place: Place,
    found: _Found,
    what: str,
    policy: PrunePolicy | ImmutabilityPolicy,
    *,
    address: str | None,
) -> None:
    prunes = isinstance(policy, PrunePolicy)
    facts: dict[str, object] = {
        **found.facts,
        "tag_pattern": policy.pattern,
        "tag_pattern_matches": policy.matches,
        "policy_uuid": policy.uuid,
    }
    if isinstance(policy, PrunePolicy):
        facts |= {"method": policy.method.value, "value": policy.value}
    _write(work, identity, found, _KINDS[place.scope, what, prunes], facts, address=address)


def _write(work: UnitOfWork, identity: Identity, found: _Found, kind: LogKind, facts: dict[str, object], *, address: str | None) -> None:
    repository_id = None if found.repository is None else found.repository.id
    audit.record(work, identity, kind, namespace_id=found.namespace_id, repository_id=repository_id, address=address, **facts)
