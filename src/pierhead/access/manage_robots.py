"""What callers do with the robots of a namespace, once it is clear that they may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage
from pierhead.access.model.roles import NamespaceRole
from pierhead.access.namespace_role import find_namespace_role, require_namespace_role
from pierhead.access.repository_grants import RepositoryGrants
from pierhead.accounts import robots
from pierhead.accounts.model.accounts import FOREVER, Federation, Robot, TokenLife
from pierhead.platform.database import UnitOfWork
from pierhead.platform.secrets import SecretBox


@dataclass(frozen=True, slots=True)
class RobotView:
    """A robot as a caller sees it; `token` is None for those who do not administer the namespace."""

    robot: Robot
    token: str | None
    grants: "RobotGrants | None" = None


@dataclass(frozen=True, slots=True)
class RobotGrants:
    """The names of the teams that a robot is in, and of the repositories that it has a permission of its own on."""

    teams: Sequence[str]
    repositories: Sequence[str]


@dataclass(frozen=True, slots=True)
class RobotListing:
    """What a caller wants to see of the robots; those who do not administer the namespace never get it."""

    tokens: bool = True
    permissions: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Rotation:
    """How a robot's token is exchanged: how long the old one goes on working, and how long the new one lives; None: as the old one did."""

    overlap_seconds: int = 0
    life: TokenLife | None = None


def list_robots(
    work: UnitOfWork, identity: Identity, namespace: str, listing: RobotListing, *, secret_box: SecretBox, grants: RepositoryGrants
) -> list[RobotView]:
    """Members of the namespace may see its robots. Raises SignInRequired and NotAllowed, as do the others."""
    found = require_namespace_role(work, identity, namespace, NamespaceRole.MEMBER, passage=Passage.BOTH)
    is_admin = find_namespace_role(work, identity, found) is NamespaceRole.ADMIN
    views = [
        RobotView(robot, robots.reveal_token(robot, secret_box) if is_admin and listing.tokens else None)
        for robot in robots.list_robots(work, found)[: listing.limit]
    ]
    if not is_admin or not listing.permissions:
        return views
    teams, repositories = robots.list_teams_of_robots(work, found), grants.list_of_robots(work, found.id)
    return [replace(view, grants=RobotGrants(teams.get(view.robot.name, ()), repositories.get(view.robot.name, ()))) for view in views]


def get_robot(work: UnitOfWork, identity: Identity, namespace: str, short: str, *, secret_box: SecretBox) -> RobotView:
    """One robot with its token, for admins. Raises RobotNotFound too."""
    found = require_namespace_role(work, identity, namespace, NamespaceRole.ADMIN)
    return _reveal(robots.get_robot(work, found, short), secret_box)


def create_robot(
    work: UnitOfWork,
    identity: Identity,
    namespace: str,
    short: str,
    description: str,
    metadata: Mapping[str, object] | None = None,
    *,
    secret_box: SecretBox,
    life: TokenLife = FOREVER,
    address: str | None,
) -> RobotView:
    """Raises InvalidName, InvalidDescription, InvalidRobotMetadata and RobotExists too."""
    found = require_namespace_role(work, identity, namespace, NamespaceRole.ADMIN)
    robot = robots.create_robot(
        work,
        identity,
        found,
        short,
        secret_box=secret_box,
        description=description,
        unstructured_metadata=metadata,
        life=life,
        address=address,
    )
    return _reveal(robot, secret_box)


def regenerate_robot_token(
    work: UnitOfWork, identity: Identity, namespace: str, short: str, rotation: Rotation, *, secret_box: SecretBox, address: str | None
) -> RobotView:
    """Raises RobotNotFound too."""
    found = require_namespace_role(work, identity, namespace, NamespaceRole.ADMIN)
    robot = robots.regenerate_robot_token(
        work,
        identity,
        found,
        short,
        secret_box=secret_box,
        overlap_seconds=rotation.overlap_seconds,
        life=rotation.life,
        address=address,
    )
    return _reveal(robot, secret_box)


def delete_robot(work: UnitOfWork, identity: Identity, namespace: str, short: str, *, address: str | None) -> None:
    """Raises RobotNotFound too."""
    found = require_namespace_role(work, identity, namespace, NamespaceRole.ADMIN)
    robots.delete_robot(work, identity, found, short, address=address)


def list_federation(work: UnitOfWork, identity: Identity, namespace: str, short: str) -> list[Federation]:
    """The OIDC subjects that may act as the robot. Raises RobotNotFound too."""
    return robots.list_federation(work, require_namespace_role(work, identity, namespace, NamespaceRole.ADMIN), short)


def replace_federation(
    work: UnitOfWork, identity: Identity, namespace: str, short: str, subjects: list[Federation], *, address: str | None
) -> None:
    """Let these subjects act as the robot and no others. Raises RobotNotFound and InvalidFederation too."""
    found = require_namespace_role(work, identity, namespace, NamespaceRole.ADMIN)
    robots.replace_federation(work, identity, found, short, subjects, address=address)


def _reveal(robot: Robot, secret_box: SecretBox) -> RobotView:
    return RobotView(robot, robots.reveal_token(robot, secret_box))
