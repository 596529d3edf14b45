"""The scopes that a token is asked for (registry-protocol 3.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pierhead.platform.errors import Invalid

_SCOPE = re.compile(r"repository:([a-zA-Z0-9._/:-]{1,512}):([a-z*,]{1,64})", re.ASCII)
_NAME = re.compile(r"(?:[.a-zA-Z0-9_-]+/)*[.a-zA-Z0-9_-]+", re.ASCII)
_ACTIONS = {"pull": "pull", "push": "push", "delete": "push", "*": "*"}
_CATALOG = "registry:catalog:*"
_MAXIMUM_SCOPES = 100


class ScopeInvalid(Invalid):
    """The text is no scope."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"Unable to decode repository and actions: {scope[:200]}", detail={"scope": scope[:200]})


@dataclass(frozen=True, slots=True)
class RepositoryScope:
    """Actions asked for on one repository; `name` is as the client wrote it, without our host."""

    name: str
    actions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scopes:
    """Everything that one token is asked for."""

    repositories: tuple[RepositoryScope, ...]
    catalog: bool


def parse_scopes(texts: Sequence[str], *, host: str) -> Scopes:
    """Read `scope` parameters, each of which may hold several scopes. Raises ScopeInvalid. Asking twice for a repository adds up."""
    words = [word for text in texts for word in text.split(" ") if word]
    if len(words) > _MAXIMUM_SCOPES:
        raise ScopeInvalid(f"more than {_MAXIMUM_SCOPES} scopes")
    asked: dict[str, frozenset[str]] = {}
    catalog = False
    for word in words:
        if word == _CATALOG:
            catalog = True
            continue
        scope = _parse(word, host)
        asked[scope.name] = asked.get(scope.name, frozenset()) | scope.actions
    return Scopes(tuple(RepositoryScope(name, actions) for name, actions in asked.items()), catalog)


def _parse(text: str, host: str) -> RepositoryScope:
    match = _SCOPE.fullmatch(text)
    if match is None:
        raise ScopeInvalid(text)
    name = match[1].removeprefix(f"{host}/") if host else match[1]
    actions = match[2].split(",")
    if not _NAME.fullmatch(name) or any(action not in _ACTIONS for action in actions):
        raise ScopeInvalid(text)
    return RepositoryScope(name, frozenset(_ACTIONS[action] for action in actions))
