"""Which tags may not be changed: by the label of their image, or by a policy (tags-and-gc 5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from pierhead.audit import record as audit
from pierhead.audit.model import SYSTEM, LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.labels import ActingLabels
from pierhead.registry.model.names import TagName
from pierhead.registry.model.patterns import TagPattern
from pierhead.registry.model.policies import find_immutability
from pierhead.registry.model.rules import TagRules
from pierhead.registry.store import policies as store
from pierhead.repositories.model import Repository


@dataclass(frozen=True, slots=True)
class NewLife:
    """How a tag begins: whether it may be changed, and when it ends by itself."""

    immutable: bool
    end_ms: int | None


def decide_life(work: UnitOfWork, repository: Repository, tag: TagName, acting: ActingLabels, rules: TagRules, *, at_ms: int) -> NewLife:
    """What labels and policies say about a tag that begins at `at_ms`. An immutable tag has an end only where the settings allow that."""
    immutable = rules.immutable and (acting.makes_immutable or _is_held_by_policy(work, repository, tag))
    if acting.expires_after_seconds is None or (immutable and not rules.immutable_can_expire):
        return NewLife(immutable, None)
    return NewLife(immutable, rules.clamp_end(at_ms, at_ms + acting.expires_after_seconds * 1000))


def _is_held_by_policy(work: UnitOfWork, repository: Repository, tag: TagName) -> bool:
    policies = store.list_applying_immutability(work.connection, namespace_id=repository.namespace_id, repository_id=repository.id)
    policy = find_immutability(policies, tag) if policies else None
    if policy is None:
        return False
    namespace, _, name = repository.name.partition("/")
    audit.record(
        work,
        SYSTEM,
        LogKind.TAG_MADE_IMMUTABLE_BY_POLICY,
        namespace_id=repository.namespace_id,
        repository_id=repository.id,
        tag=tag,
        repo=name,
        namespace=namespace,
        tag_pattern=policy.pattern,
    )
    return True


def list_held_by_policy(work: UnitOfWork, repository: Repository, names: Sequence[str]) -> set[str]:
    """Those of the names that a policy holds fast. Raises PatternTooSlow."""
    policies = store.list_applying_immutability(work.connection, namespace_id=repository.namespace_id, repository_id=repository.id)
    held: set[str] = set()
    for policy in policies:
        held.update(TagPattern(policy.pattern).select(names, matching=policy.matches))
    return held
