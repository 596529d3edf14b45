"""Decide what a bearer token may hold: what was asked, cut down to what the caller may do (registry-protocol 3.2)."""

from collections.abc import Callable, Mapping, Sequence

from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage, may_pass
from pierhead.access.model.roles import Role
from pierhead.access.model.tokens import NO_ACTIONS, Actions
from pierhead.platform.database import UnitOfWork
from pierhead.registry.authorize import PULL, PUSH
from pierhead.registry.model.errors import WrongRepositoryKind
from pierhead.registry.model.names import NameInvalid, RepositoryName, namespace_of
from pierhead.registry.model.scopes import RepositoryScope
from pierhead.repositories import records
from pierhead.repositories.model import NamespaceDisabled, Repository, RepositoryKind, RepositoryState
from pierhead.repositories.permissions import find_role, may_create

_ADMIN = "*"
_ALONE = 1

ParseName = Callable[[str], RepositoryName]


def grant_scopes(
    work: UnitOfWork, identity: Identity, scopes: Sequence[RepositoryScope], parse_name: ParseName, *, create_namespaces: bool = False
) -> Mapping[str, Actions]:
    """The actions of each repository, possibly none: never a refusal, except for one repository asked for alone.

    Raises WrongRepositoryKind and NamespaceDisabled then, for a caller who might read the repository but for that.

    A token with `pull` also carries `push` where the caller holds it, because some clients push with the first token they were given.
    """
    names = {scope.name: _find_name(scope, parse_name) for scope in scopes}
    # A name without a namespace stands there twice.
    alone = len(set(names.values())) == _ALONE
    granted: dict[str, Actions] = {}
    for scope in scopes:
        name = names[scope.name]
        try:
            granted[scope.name] = NO_ACTIONS if name is None else _grant(work, identity, name, scope.actions, create_namespaces)
        except (NamespaceDisabled, WrongRepositoryKind):
            if alone:
                raise
            granted[scope.name] = NO_ACTIONS
    return granted


def _find_name(scope: RepositoryScope, parse_name: ParseName) -> RepositoryName | None:
    try:
        return parse_name(scope.name)
    except NameInvalid:
        return None


def _grant(work: UnitOfWork, identity: Identity, name: RepositoryName, asked: Actions, create_namespaces: bool) -> Actions:
    repository = records.find_repository(work, name)
    if repository is None:
        may = may_create(work, identity, namespace_of(name), create_namespaces=create_namespaces)
        return frozenset((PULL, PUSH)) if may else NO_ACTIONS
    role = find_role(work, identity, repository)
    if may_pass(identity, Passage.READERS):
        role = max(role, Role.READ)
    # Whoever may not see the repository must not learn of it here.
    if role >= Role.READ:
        if not repository.is_enabled:
            raise NamespaceDisabled(repository.namespace)
        if repository.kind is not RepositoryKind.IMAGE:
            raise WrongRepositoryKind(name)
    return _allowed(role, repository, asked)


def _allowed(role: Role, repository: Repository, asked: Actions) -> Actions:
    allowed: set[str] = set()
    if role >= Role.READ:
        allowed.add(PULL)
    if repository.state is RepositoryState.NORMAL:
        if role >= Role.WRITE:
            allowed.add(PUSH)
        if role >= Role.ADMIN and _ADMIN in asked:
            allowed.add(_ADMIN)
    return frozenset(allowed)


def spell_out(scopes: Sequence[RepositoryScope], parse_name: ParseName) -> tuple[RepositoryScope, ...]:
    """The scopes, and those without a namespace once more under their whole name, by which the checks ask."""
    spelled = list(scopes)
    for scope in scopes:
        name = _find_name(scope, parse_name)
        if name is not None and name != scope.name:
            spelled.append(RepositoryScope(name, scope.actions))
    return tuple(spelled)
