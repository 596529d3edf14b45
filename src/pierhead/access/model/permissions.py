"""The algebra of permissions: how what was granted adds up to a role. Pure functions, asked by whoever knows the grants."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Flag, auto

from pierhead.access.model.identity import Identity
from pierhead.access.model.roles import NamespaceRole, Role

_ROLES = {"read": Role.READ, "write": Role.WRITE, "admin": Role.ADMIN}
_NAMESPACE_ROLES = {"member": NamespaceRole.MEMBER, "creator": NamespaceRole.CREATOR, "admin": NamespaceRole.ADMIN}


class Passage(Flag):
    """Whom a call lets pass without any grant: the marks +S and +G of the API's contract. Calls without a mark say NOBODY."""

    NOBODY = 0
    SUPERUSERS = auto()  # superusers with full access
    READERS = auto()  # global read-only superusers; for reads only
    BOTH = SUPERUSERS | READERS


def may_pass(identity: Identity, passage: Passage) -> bool:
    """Whether the caller passes without any grant."""
    return (identity.has_full_access and Passage.SUPERUSERS in passage) or (identity.is_global_reader and Passage.READERS in passage)


def parse_role(word: str) -> Role:
    """The role of a repository permission's wire name. Raises KeyError for any other word."""
    return _ROLES[word]


def parse_namespace_role(word: str) -> NamespaceRole:
    """The role of a team's wire name. Raises KeyError for any other word."""
    return _NAMESPACE_ROLES[word]


@dataclass(frozen=True, slots=True)
class Grants:
    """Everything that may give a caller a role on one repository.

    `direct` are permissions of the caller itself, `teams` those of the teams that the caller is in, `namespace_role` is the
    caller's role in the repository's namespace.
    """

    is_public: bool = False
    namespace_role: NamespaceRole = NamespaceRole.NONE
    direct: tuple[Role, ...] = ()
    teams: tuple[Role, ...] = ()


def combine_namespace_roles(*, owns: bool, is_robot: bool, team_roles: Iterable[NamespaceRole]) -> NamespaceRole:
    """The role in a namespace: its owner is admin, others hold the highest role of their teams.

    A robot holds what its teams give, but is never an admin: it could otherwise give itself every right.
    """
    if owns and not is_robot:
        return NamespaceRole.ADMIN
    highest = max(team_roles, default=NamespaceRole.NONE)
    return min(highest, NamespaceRole.CREATOR) if is_robot else highest


def combine_grants(grants: Grants) -> Role:
    """The role on the repository: the highest of all that was granted; nothing takes a role away.

    An admin of the namespace is admin of each of its repositories; creators and members have no right by that alone.
    """
    if grants.namespace_role is NamespaceRole.ADMIN:
        return Role.ADMIN
    public = Role.READ if grants.is_public else Role.NONE
    return max((public, *grants.direct, *grants.teams))


def can_create_repositories(role: NamespaceRole) -> bool:
    """Whether the role lets its holder create repositories in the namespace."""
    return role >= NamespaceRole.CREATOR
