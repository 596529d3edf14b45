"""Whether a caller may pull from or push to a repository: by token, by Basic credentials, or as nobody (registry-protocol 3.5)."""

from dataclasses import dataclass

from pierhead.access.model.identity import ANONYMOUS, Identity
from pierhead.access.model.permissions import Passage, may_pass
from pierhead.access.model.roles import Role
from pierhead.access.model.tokens import NO_ACTIONS, RegistryToken
from pierhead.accounts.model.quotas import NO_QUOTAS, QuotaPolicy
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import AlreadyExists, Denied, Unauthenticated
from pierhead.registry.model.errors import RepositoryReadOnly, RepositoryUnknown, WrongRepositoryKind
from pierhead.registry.model.names import RepositoryName, namespace_of
from pierhead.repositories import records
from pierhead.repositories.create_namespace import create_missing_namespace
from pierhead.repositories.create_repository import create_repository
from pierhead.repositories.model import NamespaceDisabled, Repository, RepositoryKind, RepositoryState
from pierhead.repositories.permissions import find_role, may_create, require_enabled_namespace

PULL = "pull"
PUSH = "push"


class LoginRequired(Unauthenticated):
    """Nobody is signed in; signing in may help."""

    message = "access to the requested resource is not authorized"


class TokenTooNarrow(Unauthenticated):
    """The token was not asked for this; a wider one may help."""

    message = "the token does not cover this repository and action"


class AccessDenied(Denied):
    """The caller is known and has no right; also the answer for what does not exist and could not be created."""

    message = "requested access to the resource is denied"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a `/v2` request: with a bearer token, whose claims decide, or with an identity, whose rights are computed now."""

    identity: Identity = ANONYMOUS
    token: RegistryToken | None = None
    address: str | None = None
    creates_namespaces: bool = False  # the settings let a push make the organization that it names

    @property
    def name(self) -> str:
        """The name that uploads and moves are recorded under."""
        return self.identity.name or "(anonymous)"


@dataclass(frozen=True, slots=True)
class PushPolicy:
    """The settings that decide about repositories which a push creates, and how much a namespace may hold."""

    create_on_push: bool = True
    private_on_push: bool = True
    create_namespaces: bool = False
    quotas: QuotaPolicy = NO_QUOTAS


def check_pull(work: UnitOfWork, caller: Caller, name: RepositoryName, repository: Repository | None) -> Repository:
    """The repository, when the caller may read it.

    Raises LoginRequired, TokenTooNarrow or AccessDenied; NamespaceDisabled for whoever could read but for that, and RepositoryUnknown only
    for a caller who could create it.
    """
    if caller.token is not None:
        _check_token(caller.token, name, PULL)
    elif repository is None:
        _check_creatable(work, caller, name)
    elif not _may_read(work, caller.identity, repository):
        raise _refusal(caller)
    if repository is None:
        require_enabled_namespace(work, namespace_of(name))
        raise RepositoryUnknown(name)
    _check_served(repository)
    return repository


def require_pull(work: UnitOfWork, caller: Caller, name: RepositoryName) -> Repository:
    """As `check_pull`, looking the repository up."""
    return check_pull(work, caller, name, records.find_repository(work, name))


def require_push(work: UnitOfWork, caller: Caller, name: RepositoryName) -> Repository:
    """The repository, when the caller may write to it. Raises as `check_pull`, and RepositoryReadOnly."""
    repository = records.find_repository(work, name)
    _check_push(work, caller, name, repository)
    if repository is None:
        require_enabled_namespace(work, namespace_of(name))
        raise RepositoryUnknown(name)
    return repository


def holds_push(caller: Caller, name: RepositoryName) -> bool:
    """Whether a token carries the right to push: known without a look into the database. False without a token.

    Raises LoginRequired, TokenTooNarrow or AccessDenied for a token that does not.
    """
    if caller.token is None:
        return False
    _check_token(caller.token, name, PUSH)
    return True


def check_push(work: UnitOfWork, caller: Caller, name: RepositoryName, policy: PushPolicy) -> Repository | None:
    """The repository that a push goes to; None when the push would create it. Raises as `require_push`."""
    repository = records.find_repository(work, name)
    _check_push(work, caller, name, repository)
    if repository is None and not policy.create_on_push:
        require_enabled_namespace(work, namespace_of(name))
        raise RepositoryUnknown(name)
    return repository


def require_push_or_create(work: UnitOfWork, caller: Caller, name: RepositoryName, policy: PushPolicy) -> Repository:
    """As `require_push`; a repository that does not exist is created (specification S1.11). For a writing unit of work."""
    repository = check_push(work, caller, name, policy)
    if repository is not None:
        return repository
    if caller.creates_namespaces:
        create_missing_namespace(work, caller.identity, namespace_of(name), address=caller.address)
    try:
        return create_repository(work, caller.identity, name, is_public=not policy.private_on_push, address=caller.address)
    except AlreadyExists:
        # Another push was first to create it, between our look and our insertion.
        return require_push(work, caller, name)


def may_push(work: UnitOfWork, caller: Caller, repository: Repository) -> bool:
    """Whether the caller may write to an existing repository, for what a push will need."""
    if caller.token is not None:
        granted = caller.token.granted.get(repository.name, NO_ACTIONS)
        return PUSH in granted or "*" in granted
    return find_role(work, caller.identity, repository) >= Role.WRITE


def may_pull(work: UnitOfWork, caller: Caller, repository: Repository) -> bool:
    """Whether the caller may read an existing repository, for looks at other repositories than the one addressed."""
    if repository.kind is not RepositoryKind.IMAGE or not repository.is_enabled:
        return False
    if caller.token is not None and caller.token.granted.get(repository.name, NO_ACTIONS):
        return True
    return _may_read(work, caller.identity, repository)


def _may_read(work: UnitOfWork, identity: Identity, repository: Repository) -> bool:
    return repository.is_public or may_pass(identity, Passage.READERS) or find_role(work, identity, repository) >= Role.READ


def _check_push(work: UnitOfWork, caller: Caller, name: RepositoryName, repository: Repository | None) -> None:
    if caller.token is not None:
        _check_token(caller.token, name, PUSH)
    elif repository is None:
        _check_creatable(work, caller, name)
    elif find_role(work, caller.identity, repository) < Role.WRITE:
        raise _refusal(caller)
    if repository is not None:
        _check_served(repository)
        if repository.state is not RepositoryState.NORMAL:
            raise RepositoryReadOnly(name, repository.state)


def _check_token(token: RegistryToken, name: RepositoryName, action: str) -> None:
    granted = token.granted.get(name, NO_ACTIONS)
    if action in granted or "*" in granted:
        return
    if token.identity.is_anonymous:
        raise LoginRequired
    if action in token.requested.get(name, NO_ACTIONS):
        raise AccessDenied
    raise TokenTooNarrow


def _check_creatable(work: UnitOfWork, caller: Caller, name: RepositoryName) -> None:
    if not may_create(work, caller.identity, namespace_of(name), create_namespaces=caller.creates_namespaces):
        raise _refusal(caller)


def _check_served(repository: Repository) -> None:
    if not repository.is_enabled:
        raise NamespaceDisabled(repository.namespace)
    if repository.kind is not RepositoryKind.IMAGE:
        raise WrongRepositoryKind(repository.name)


def _refusal(caller: Caller) -> LoginRequired | AccessDenied:
    return LoginRequired() if caller.identity.is_anonymous else AccessDenied()
