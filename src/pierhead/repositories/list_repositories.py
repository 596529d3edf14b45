"""Lists of repositories, in pages."""

from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage, may_pass
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import Invalid
from pierhead.repositories.model import InvalidListing, RepositoryItem, RepositoryKind
from pierhead.repositories.permissions import name_of_reader
from pierhead.repositories.store import lists

PAGE_SIZE = 100


class StarsNeedSignIn(Invalid):
    """Nobody in particular has no stars."""

    message = "starred requires a signed-in user"


def list_repositories(
    work: UnitOfWork,
    identity: Identity,
    *,
    namespace: str | None,
    starred: bool,
    public: bool,
    kind: RepositoryKind = RepositoryKind.IMAGE,
    after_id: int = 0,
) -> list[RepositoryItem]:
    """A page and, when more exist, one repository more than a page: those that the caller may read, and public ones if asked for.
    Superusers with full access and global readers see all.

    Starred ones are listed as long as the caller may read them. Raises InvalidListing and StarsNeedSignIn.
    """
    if namespace is None and not starred and not public:
        raise InvalidListing
    if starred and identity.user_id is None:
        raise StarsNeedSignIn
    return lists.list_page(
        work.connection,
        user=name_of_reader(identity) if identity.user_id is not None else "",
        namespace=namespace,
        starred=starred,
        with_public=public or starred,
        everything=may_pass(identity, Passage.BOTH),
        kind=kind,
        after_id=after_id,
        maximum=PAGE_SIZE + 1,
    )


def list_starred(work: UnitOfWork, identity: Identity, *, after_id: int = 0) -> list[RepositoryItem]:
    """As `list_repositories`, for the caller's own stars. Raises SignInRequired and NotAllowed."""
    if identity.user_id is None:
        raise SignInRequired
    if not identity.administers_user:
        raise NotAllowed
    return list_repositories(work, identity, namespace=None, starred=True, public=False, after_id=after_id)
