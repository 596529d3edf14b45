"""What happens in the registry that others may want to hear of."""

from dataclasses import dataclass
from typing import ClassVar

from pierhead.platform.outbox.model import Event


@dataclass(frozen=True, slots=True)
class RepositoryPush(Event):
    """Tags of a repository were pushed (specification S5.4); the public payload is made of these facts by whoever sends it."""

    name: ClassVar[str] = "repo_push"

    repository: str
    updated_tags: tuple[str, ...]
    digest: str
    media_type: str
    pushed_by: str
