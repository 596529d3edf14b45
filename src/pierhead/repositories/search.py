"""Find repositories by a part of their name."""

from typing import NamedTuple

from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.store import lists


class FoundRepository(NamedTuple):
    """A repository as a list of findings shows it."""

    name: str
    description: str


def search_repositories(work: UnitOfWork, identity: Identity, text: str, *, maximum: int) -> list[FoundRepository]:
    """Image repositories that are public or that the caller may read, in byte order of their names. Names are lower case."""
    found = lists.search(
        work.connection,
        text.lower(),
        holder=identity.name or "",
        is_robot=identity.kind is IdentityKind.ROBOT,
        with_public=True,
        after="",
        maximum=maximum,
    )
    return [FoundRepository(*row) for row in found]
