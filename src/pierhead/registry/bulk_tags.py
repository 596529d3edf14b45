"""One change of many tags: those that a filter means. Previewed first, then made in small transactions, so that pushes do not wait."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pierhead.access.model.identity import Identity
from pierhead.access.model.roles import Role
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import Invalid
from pierhead.registry.change_tag import remove, set_end, set_immutable
from pierhead.registry.model.errors import TagFeatureOff
from pierhead.registry.model.listed_tags import ListedTag
from pierhead.registry.model.names import TagName
from pierhead.registry.model.patterns import TagPattern
from pierhead.registry.model.rules import TagRules
from pierhead.registry.model.selection import EVERYTHING, TagFilter
from pierhead.registry.store import listing
from pierhead.registry.tag_access import require_changeable, require_readable
from pierhead.repositories.model import Repository

_STEP = 200
_ALL = 2**31 - 1


class BulkAction(StrEnum):
    """What happens to the tags."""

    DELETE = "delete"
    EXPIRE = "expire"
    HOLD = "make_immutable"
    RELEASE = "make_mutable"


class FilterMissing(Invalid):
    """A change of many tags without a word about which."""

    message = 'Say which tags are meant: a filter, or their names. The filter {"all": true} means every tag.'


@dataclass(frozen=True, slots=True)
class BulkChange:
    """The action; `end_ms` belongs to EXPIRE, None lets the tags live for ever."""

    action: BulkAction
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class BulkPreview:
    """What a change would do: `freed_bytes` is the content that no tag would name any more, once the time machine lets it go."""

    chosen: Sequence[ListedTag]
    immutable: int
    freed_bytes: int


@dataclass(frozen=True, slots=True)
class BulkStep:
    """What one transaction did, and which of the names it had looked at, in order."""

    changed: list[str]
    refused: list[str]


def preview_bulk(work: UnitOfWork, identity: Identity, name: str, wanted: TagFilter, names: Sequence[str] | None) -> BulkPreview:
    """The tags that a change would be about, in byte order. Raises PatternTooSlow."""
    repository = require_readable(work, identity, name)
    chosen = choose(work, repository, wanted, names)
    going = [tag for tag in chosen if not tag.immutable]
    return BulkPreview(chosen, len(chosen) - len(going), count_freed(work, repository, going))


def choose(work: UnitOfWork, repository: Repository, wanted: TagFilter, names: Sequence[str] | None) -> list[ListedTag]:
    """Living tags that the filter means, or those of these names, in byte order."""
    rows = listing.list_page(
        work.connection, repository.id, wanted, column="name", descending=False, place=None, now_ms=work.now_ms, maximum=_ALL
    )
    if names is not None:
        named = set(names)
        rows = [row for row in rows if row.name in named]
    if wanted.pattern is None:
        return rows
    described = set(TagPattern(wanted.pattern).select((row.name for row in rows), matching=wanted.pattern_matches))
    return [row for row in rows if row.name in described]


def count_freed(work: UnitOfWork, repository: Repository, going: Sequence[ListedTag]) -> int:
    """Bytes of the manifests that lose their last tag. Layers that other images share with them are counted too."""
    if not going:
        return 0
    present = listing.count_by_digest(work.connection, repository.id, now_ms=work.now_ms)
    leaving = Counter(tag.digest for tag in going)
    sizes = {tag.digest: tag.size_bytes or 0 for tag in going}
    return sum(size_bytes for digest, size_bytes in sizes.items() if leaving[digest] >= present.get(digest, 0))


def change_some(
    work: UnitOfWork, identity: Identity, name: str, tags: Sequence[str], change: BulkChange, rules: TagRules, *, address: str | None
) -> BulkStep:
    """Change these tags; at most a few hundred. Those that are gone by now are passed over, immutable ones are refused.

    Letting go of immutability is for admins. Raises ExpirationInvalid and TagFeatureOff.
    """
    least = Role.ADMIN if change.action is BulkAction.RELEASE else Role.WRITE
    repository = require_changeable(work, identity, name, least)
    if change.action is BulkAction.EXPIRE and not rules.change_expiration:
        raise TagFeatureOff("This registry does not let people change when a tag ends.")
    step = BulkStep([], [])
    for text in tags:
        found = listing.find_listed(work.connection, repository.id, text, now_ms=work.now_ms)
        if found is None:
            continue
        if found.immutable and change.action in (BulkAction.DELETE, BulkAction.EXPIRE):
            step.refused.append(text)
        elif _change(work, identity, repository, TagName(text), change, rules, address=address):
            step.changed.append(text)
    return step


def _change(
    work: UnitOfWork, identity: Identity, repository: Repository, tag: TagName, change: BulkChange, rules: TagRules, *, address: str | None
) -> bool:
    match change.action:
        case BulkAction.DELETE:
            remove(work, identity, repository, tag, address=address)
            return True
        case BulkAction.EXPIRE:
            return set_end(work, identity, repository, tag, change.end_ms, rules, address=address)
        case BulkAction.HOLD | BulkAction.RELEASE:
            held = change.action is BulkAction.HOLD
            return set_immutable(work, identity, repository, tag, held, rules, address=address)


def split_steps(tags: Sequence[ListedTag]) -> list[list[str]]:
    """The names of one transaction each."""
    names = [tag.name for tag in tags]
    return [names[start : start + _STEP] for start in range(0, len(names), _STEP)]


def require_filter(wanted: TagFilter, names: Sequence[str] | None, *, everything: bool) -> None:
    """Raises FilterMissing: forgetting a filter must not mean every tag."""
    if wanted == EVERYTHING and names is None and not everything:
        raise FilterMissing
