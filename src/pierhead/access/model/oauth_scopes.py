"""What an OAuth token lets its bearer do, and how a scope caps the rights of the user behind it (api-v1, section 4.4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pierhead.access.model.roles import NamespaceRole, Role
from pierhead.platform.errors import Invalid


class Scope(StrEnum):
    """Every scope; the values are wire names."""

    REPO_READ = "repo:read"
    REPO_WRITE = "repo:write"
    REPO_ADMIN = "repo:admin"
    REPO_CREATE = "repo:create"
    USER_READ = "user:read"
    USER_ADMIN = "user:admin"
    ORG_ADMIN = "org:admin"
    SUPER_USER = "super:user"


Scopes = frozenset[Scope]
EVERY_SCOPE: Scopes = frozenset(Scope)


class UnknownScope(Invalid):
    """A scope text that is empty or holds a word that is no scope: the whole text is void."""

    message = "The scope is empty or holds an unknown word."


@dataclass(frozen=True, slots=True)
class ScopeInfo:
    """What a person is told who has to consent."""

    scope: Scope
    title: str
    description: str
    icon: str
    is_dangerous: bool = False


SCOPES = (
    ScopeInfo(Scope.REPO_READ, "View all visible repositories", "See and pull every repository that you can see.", "fa-hdd-o"),
    ScopeInfo(
        Scope.REPO_WRITE, "Read/Write to any accessible repositories", "Pull from and push to every repository that you can.", "fa-hdd-o"
    ),
    ScopeInfo(Scope.REPO_ADMIN, "Administer Repositories", "Administer every repository that you administer.", "fa-hdd-o"),
    ScopeInfo(Scope.REPO_CREATE, "Create Repositories", "Create repositories wherever you may.", "fa-plus"),
    ScopeInfo(Scope.USER_READ, "Read User Information", "Read your name, your e-mail address and your organizations.", "fa-user"),
    ScopeInfo(Scope.USER_ADMIN, "Administer User", "Change your account, your robots and your tokens.", "fa-gear", is_dangerous=True),
    ScopeInfo(
        Scope.ORG_ADMIN,
        "Administer Organization",
        "Administer every organization that you administer: its teams, members, robots and settings.",
        "fa-gear",
        is_dangerous=True,
    ),
    ScopeInfo(
        Scope.SUPER_USER, "Super User Access", "Administer the whole server, if you are a superuser.", "fa-street-view", is_dangerous=True
    ),
)
"""In the order in which they are shown."""

_ROLES = ((Scope.REPO_ADMIN, Role.ADMIN), (Scope.REPO_WRITE, Role.WRITE), (Scope.REPO_READ, Role.READ))
_NAMESPACE_ROLES = ((Scope.ORG_ADMIN, NamespaceRole.ADMIN), (Scope.REPO_CREATE, NamespaceRole.CREATOR))


def parse_scopes(text: str) -> Scopes:
    """Words separated by spaces or commas. Raises UnknownScope."""
    words = text.replace(",", " ").split()
    known = {scope.value: scope for scope in Scope}
    if not words or not known.keys() >= set(words):
        raise UnknownScope
    return frozenset(known[word] for word in words)


def format_scopes(scopes: Iterable[Scope]) -> str:
    """The words in the order of `SCOPES`, separated by spaces."""
    held = frozenset(scopes)
    return " ".join(info.scope for info in SCOPES if info.scope in held)


def describe_scopes(scopes: Iterable[Scope]) -> list[ScopeInfo]:
    """What a person is told of these scopes."""
    held = frozenset(scopes)
    return [info for info in SCOPES if info.scope in held]


# In all that follows, None stands for a caller that no token caps.


def cap_role(role: Role, scopes: Scopes | None, *, is_public: bool) -> Role:
    """The role on a repository that is left. What everybody may read, every token may."""
    if scopes is None:
        return role
    cap = next((cap for scope, cap in _ROLES if scope in scopes), Role.NONE)
    return max(min(role, cap), Role.READ if is_public else Role.NONE)


def cap_namespace_role(role: NamespaceRole, scopes: Scopes | None) -> NamespaceRole:
    """The role in a namespace that is left: scopes of repositories do not even make a member."""
    if scopes is None:
        return role
    return min(role, next((cap for scope, cap in _NAMESPACE_ROLES if scope in scopes), NamespaceRole.NONE))


def may_read_user(scopes: Scopes | None) -> bool:
    """Whether the bearer may see what only the user itself sees."""
    return scopes is None or Scope.USER_READ in scopes or Scope.USER_ADMIN in scopes


def may_administer_user(scopes: Scopes | None) -> bool:
    """Whether the bearer may act as the user on the user's own account."""
    return scopes is None or Scope.USER_ADMIN in scopes


def may_be_superuser(scopes: Scopes | None) -> bool:
    """Whether the bearer is a superuser when the user is one."""
    return scopes is None or Scope.SUPER_USER in scopes
