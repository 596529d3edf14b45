"""Find repositories by a part of their name, and with them the namespaces, teams and robots of the caller."""

from dataclasses import dataclass
from typing import NamedTuple

from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.oauth_scopes import cap_namespace_role
from pierhead.access.model.permissions import Passage, may_pass
from pierhead.access.model.roles import NamespaceRole
from pierhead.accounts.model.names import is_storable
from pierhead.audit.popularity import sum_pulls
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.model import FoundAccount, FoundTeam, RepositoryItem
from pierhead.repositories.permissions import name_of_reader
from pierhead.repositories.store import entities, lists
from pierhead.repositories.store import search as store

PAGE_SIZE = 10
LAST_PAGE = 10
_OF_EACH_KIND = 5


class FoundRepository(NamedTuple):
    """A repository as a list of findings shows it."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """Some repositories in the order of their names, with the accounts that own them; `pulls` and `stars` are by row id."""

    items: list[RepositoryItem]
    namespaces: dict[str, FoundAccount]
    page: int
    has_additional: bool
    pulls: dict[int, int]
    stars: dict[int, int]


@dataclass(frozen=True, slots=True)
class Everything:
    """What bears a name with some text in it, as far as the caller may see it."""

    repositories: FindingsPage
    namespaces: list[FoundAccount]
    teams: list[FoundTeam]
    robots: list[str]


def search_repositories(work: UnitOfWork, identity: Identity, text: str, *, maximum: int) -> list[FoundRepository]:
    """Image repositories that are public or that the caller may read, in byte order of their names. Names are lower case."""
    is_robot = identity.kind is IdentityKind.ROBOT
    found = store.search(work.connection, text.lower(), holder=name_of_reader(identity), is_robot=is_robot, maximum=maximum)
    return [FoundRepository(*row) for row in found]


def find_repositories(work: UnitOfWork, identity: Identity, text: str, *, page: int = 1, size: int = PAGE_SIZE) -> FindingsPage:
    """A page of the image repositories that are public or that the caller may read. Pages beyond the last possible one are that one."""
    chosen = min(max(page, 1), LAST_PAGE)
    user = name_of_reader(identity) if identity.user_id is not None else ""
    everything = may_pass(identity, Passage.BOTH)
    found = (
        store.find_items(work.connection, text.lower(), user=user, everything=everything, maximum=chosen * size + 1)
        if is_storable(text)
        else []
    )
    items = found[(chosen - 1) * size : chosen * size]
    ids = [item.id for item in items]
    owners = entities.list_accounts(work.connection, sorted({item.name.partition("/")[0] for item in items}))
    return FindingsPage(
        items,
        {owner.name: owner for owner in owners},
        chosen,
        len(found) > chosen * size and chosen < LAST_PAGE,
        sum_pulls(work, ids),
        lists.count_stars(work.connection, ids),
    )


def find_everything(work: UnitOfWork, identity: Identity, text: str) -> Everything:
    """At most five of each kind; teams and robots only where the caller administers. The empty text finds nothing."""
    if not text or not is_storable(text):
        return Everything(FindingsPage([], {}, 1, has_additional=False, pulls={}, stars={}), [], [], [])
    repositories = find_repositories(work, identity, text, size=_OF_EACH_KIND)
    if identity.user_id is None or cap_namespace_role(NamespaceRole.ADMIN, identity.scopes) < NamespaceRole.ADMIN:
        return Everything(repositories, [], [], [])
    asked = (work.connection, text.lower(), identity.user_id, _OF_EACH_KIND)
    return Everything(repositories, entities.list_own_namespaces(*asked), entities.list_own_teams(*asked), entities.list_own_robots(*asked))
