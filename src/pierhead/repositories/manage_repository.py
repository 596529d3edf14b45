"""What callers do with a repository that is there: look at it, change it, delete it."""

from dataclasses import dataclass

from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage, may_pass
from pierhead.access.model.roles import Role
from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.log import record
from pierhead.repositories.model import Repository, RepositoryState, parse_description, parse_settable_state
from pierhead.repositories.permissions import find_role, require_role
from pierhead.repositories.store import grants, search, stars
from pierhead.repositories.store import repositories as store


@dataclass(frozen=True, slots=True)
class RepositoryView:
    """A repository as a caller sees it."""

    repository: Repository
    role: Role
    description: str
    is_organization: bool
    tag_window_seconds: int
    is_starred: bool


def get_repository(work: UnitOfWork, identity: Identity, name: str) -> RepositoryView:
    """For those who may read it. Raises as `require_role`, as do the others."""
    repository = require_role(work, identity, name, Role.READ, passage=Passage.BOTH)
    facts = store.get_facts(work.connection, repository.id)
    user_id = identity.user_id
    return RepositoryView(
        repository,
        Role.ADMIN if may_pass(identity, Passage.SUPERUSERS) else find_role(work, identity, repository),
        facts.description,
        facts.is_organization,
        facts.tag_window_seconds,
        is_starred=user_id is not None and stars.is_starred(work.connection, user_id, repository.id),
    )


def set_description(work: UnitOfWork, identity: Identity, name: str, description: str, *, address: str | None) -> None:
    """For those who may write. What is set already changes nothing. Raises InvalidDescription too."""
    repository = require_role(work, identity, name, Role.WRITE)
    checked = parse_description(description)
    if checked == store.get_facts(work.connection, repository.id).description:
        return
    store.set_description(work.connection, repository.id, checked)
    record(work, identity, LogKind.SET_REPO_DESCRIPTION, repository, address, description=checked)


def set_visibility(work: UnitOfWork, identity: Identity, name: str, *, is_public: bool, address: str | None) -> None:
    """For admins of the repository. What is set already changes nothing."""
    repository = require_role(work, identity, name, Role.ADMIN)
    if repository.is_public is is_public:
        return
    store.set_visibility(work.connection, repository.id, is_public=is_public)
    visibility = "public" if is_public else "private"
    record(work, identity, LogKind.CHANGE_REPO_VISIBILITY, repository, address, visibility=visibility)


def set_state(work: UnitOfWork, identity: Identity, name: str, word: str, *, address: str | None) -> None:
    """For admins of the repository. What is set already changes nothing. Raises InvalidState too."""
    repository = require_role(work, identity, name, Role.ADMIN)
    state = parse_settable_state(word)
    if repository.state is state:
        return
    store.set_state(work.connection, repository.id, state)
    record(work, identity, LogKind.CHANGE_REPO_STATE, repository, address, state_changed=state.value)


def delete_repository(work: UnitOfWork, identity: Identity, name: str, *, address: str | None) -> None:
    """For admins of the repository: nobody sees it any more, and its name is free at once. A job removes what it held."""
    repository = require_role(work, identity, name, Role.ADMIN)
    store.lock_repository(work.connection, repository.id)
    if store.find_repository(work.connection, name) is None:
        # Somebody else deleted it while this caller waited for the lock.
        return
    hide(work, repository)
    record(work, identity, LogKind.DELETE_REPO, repository, address)


def hide(work: UnitOfWork, repository: Repository) -> None:
    """Mark the repository for deletion under a name that nobody can ask for. For verbs that delete a namespace as well."""
    grants.remove_permissions(work.connection, repository.id)
    stars.remove_stars(work.connection, repository.id)
    search.remove_names(work.connection, (repository.name,))
    store.hide_repository(work.connection, repository.id, new_name=f"{repository.namespace}/~{repository.id}")


def is_writable(view: RepositoryView) -> bool:
    """Whether the caller may push now."""
    return view.role >= Role.WRITE and view.repository.state is RepositoryState.NORMAL
