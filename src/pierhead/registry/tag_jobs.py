"""Background jobs about tags: what has expired leaves the lists, what policies let go goes."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import structlog

from pierhead.platform.jobs.model import Job, JobContext
from pierhead.registry.expire_tags import unlist_expired
from pierhead.registry.model.rules import TagRules
from pierhead.registry.prune_tags import find_pruned, list_prunable, prune_some

_BATCH = 100  # tags of one transaction, so that pushes do not wait
_REPOSITORIES = 100
_log = structlog.get_logger("pierhead.registry")


class TagJobServices(Protocol):
    """What these jobs need."""

    @property
    def tags(self) -> TagRules: ...


@dataclass(frozen=True)
class UnlistExpiredTags(Job[TagJobServices]):
    """Take tags whose time is over out of the lists."""

    name: ClassVar[str] = "unlist_expired_tags"

    def run(self, context: JobContext[TagJobServices]) -> None:
        total = 0
        while number := context.database.write_now(unlist_expired, _BATCH):
            total += number
            context.check()
            if number < _BATCH:
                break
        if total:
            _log.info("tags have expired", tags=total)


@dataclass(frozen=True)
class PruneTags(Job[TagJobServices]):
    """End the tags that policies let go, repository by repository."""

    name: ClassVar[str] = "prune_tags"

    def run(self, context: JobContext[TagJobServices]) -> None:
        """Each transaction looks again at what it ends, so a job that dies in between or runs twice does no harm."""
        rules, database = context.services.tags, context.database
        if not rules.auto_prune:
            return
        after, total = 0, 0
        while some := database.read_now(list_prunable, everywhere=rules.default_prune is not None, after=after, maximum=_REPOSITORIES):
            for repository_id in some:
                going = database.read_now(find_pruned, repository_id, rules.default_prune)
                for start in range(0, len(going), _BATCH):
                    context.check()
                    total += database.write_now(prune_some, repository_id, going[start : start + _BATCH])
            after = some[-1]
        if total:
            _log.info("pruned tags", tags=total)
