"""Which grants give somebody access to a repository."""

from dataclasses import dataclass, replace

from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage
from pierhead.access.model.roles import Role
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.manage_permissions import find_user_or_robot, list_grants_of
from pierhead.repositories.model import HolderInvalid, HolderKind, Repository
from pierhead.repositories.permissions import combine, require_role

_LONGEST_SHOWN = 64


@dataclass(frozen=True, slots=True)
class Reason:
    """One grant, and the role on the repository that it gives by itself: NONE for a team role that gives no right here."""

    source: str  # public, owner, namespace, direct, team
    role: Role
    team: str | None = None
    team_role: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The role that somebody has, and every grant that it comes from."""

    name: str
    is_robot: bool
    role: Role
    reasons: tuple[Reason, ...]


def explain_access(work: UnitOfWork, identity: Identity, name: str, username: str) -> Explanation:
    """For admins of the repository. Raises as `require_role`, and HolderInvalid for a name that nobody has."""
    repository = require_role(work, identity, name, Role.ADMIN, passage=Passage.BOTH)
    found = find_user_or_robot(work, repository, username)
    if found is None:
        raise HolderInvalid(f"Invalid username: {username[:_LONGEST_SHOWN]}")
    is_robot, owns = found.kind is HolderKind.ROBOT, found.name == repository.namespace
    rows = list_grants_of(work, repository, found)
    # Each grant is judged alone by the algebra that judges all of them together.
    hidden = _without_visibility(repository)
    reasons = [Reason("public", Role.READ)] if repository.is_public else []
    if owns:
        reasons.append(Reason("owner", Role.ADMIN))
    for row in rows:
        role = combine([row], hidden, is_robot=is_robot, owns=False)
        reasons.append(Reason(row.source, role, row.team, row.role if row.source == "namespace" else None))
    return Explanation(found.name, is_robot, combine(rows, repository, is_robot=is_robot, owns=owns), tuple(reasons))


def _without_visibility(repository: Repository) -> Repository:
    return replace(repository, is_public=False)
