"""Decide what a bearer token may hold: what was asked, cut down to what the caller may do (registry-protocol 3.2)."""

from collections.abc import Callable, Mapping, Sequence

from pierhead.access.model.identity import Identity
from pierhead.access.model.roles import Role
from pierhead.access.model.tokens import NO_ACTIONS, Actions
from pierhead.platform.database import UnitOfWork
from pierhead.registry.authorize import PULL, PUSH
from pierhead.registry.model.errors import WrongRepositoryKind
from pierhead.registry.model.names import NameInvalid, RepositoryName, namespace_of
from pierhead.registry.model.scopes import RepositoryScope
from pierhead.repositories import records
from pierhead.repositories.model import Repository, RepositoryKind, RepositoryState
from pierhead.repositories.permissions import find_role, may_create

_ADMIN = "*"
_ALONE = 1

ParseName = Callable[[str], RepositoryName]


def grant_scopes(work: UnitOfWork, identity: Identity, scopes: Sequence[RepositoryScope], parse_name: ParseName) -> Mapping[str, Actions]:
    """The actions of each repository, possibly none: never a refusal, except for an application repository asked for alone.

    A token with `pull` also carries `push` where the caller holds it, because some clients push with the first token they were given.
    """
    return {scope.name: _grant(work, identity, scope, parse_name, alone=len(scopes) == _ALONE) for scope in scopes}


def _grant(work: UnitOfWork, identity: Identity, scope: RepositoryScope, parse_name: ParseName, *, alone: bool) -> Actions:
    try:
        name = parse_name(scope.name)
    except NameInvalid:
        return NO_ACTIONS
    repository = records.find_repository(work, name)
    if repository is None:
        if not may_create(work, identity, namespace_of(name)):
            return NO_ACTIONS
        return frozenset((PULL, PUSH))
    role = find_role(work, identity, repository)
    if repository.kind is not RepositoryKind.IMAGE:
        # Whoever may not see the repository must not learn of it here.
        if alone and role >= Role.READ:
            raise WrongRepositoryKind(name)
        return NO_ACTIONS
    return _allowed(role, repository, scope.actions)


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
        try:
            name = parse_name(scope.name)
        except NameInvalid:
            continue
        if name != scope.name:
            spelled.append(RepositoryScope(name, scope.actions))
    return tuple(spelled)
