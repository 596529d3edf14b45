"""What callers do with the robots of a namespace, once it is clear that they may."""

from dataclasses import dataclass

from pierhead.access.model.identity import Identity
from pierhead.access.model.roles import NamespaceRole
from pierhead.access.namespace_role import find_namespace_role, require_namespace_role
from pierhead.accounts import robots
from pierhead.accounts.model.accounts import Robot
from pierhead.platform.database import UnitOfWork
from pierhead.platform.secrets import SecretBox


@dataclass(frozen=True, slots=True)
class RobotView:
    """A robot as a caller sees it; `token` is None for those who do not administer the namespace."""

    robot: Robot
    token: str | None


def list_robots(
    work: UnitOfWork, identity: Identity, namespace: str, *, secret_box: SecretBox, with_tokens: bool = True
) -> list[RobotView]:
    """Members of the namespace may see its robots. Raises SignInRequired and NotAllowed, as do the others."""
    found = require_namespace_role(work, identity, namespace, NamespaceRole.MEMBER)
    reveals = with_tokens and find_namespace_role(work, identity, found) is NamespaceRole.ADMIN
    return [RobotView(robot, robots.reveal_token(robot, secret_box) if reveals else None) for robot in robots.list_robots(work, found)]


def get_robot(work: UnitOfWork, identity: Identity, namespace: str, short: str, *, secret_box: SecretBox) -> RobotView:
    """One robot with its token, for admins. Raises RobotNotFound too."""
    found = require_namespace_role(work, identity, namespace, NamespaceRole.ADMIN)
    return _reveal(robots.get_robot(work, found, short), secret_box)


def create_robot(
    work: UnitOfWork, identity: Identity, namespace: str, short: str, description: str, *, secret_box: SecretBox, address: str | None
) -> RobotView:
    """Raises InvalidName, InvalidDescription and RobotExists too."""
    found = require_namespace_role(work, identity, namespace, NamespaceRole.ADMIN)
    robot = robots.create_robot(work, identity, found, short, secret_box=secret_box, description=description, address=address)
    return _reveal(robot, secret_box)


def regenerate_robot_token(
    work: UnitOfWork, identity: Identity, namespace: str, short: str, *, secret_box: SecretBox, address: str | None
) -> RobotView:
    """Raises RobotNotFound too."""
    found = require_namespace_role(work, identity, namespace, NamespaceRole.ADMIN)
    return _reveal(robots.regenerate_robot_token(work, identity, found, short, secret_box=secret_box, address=address), secret_box)


def delete_robot(work: UnitOfWork, identity: Identity, namespace: str, short: str, *, address: str | None) -> None:
    """Raises RobotNotFound too."""
    found = require_namespace_role(work, identity, namespace, NamespaceRole.ADMIN)
    robots.delete_robot(work, identity, found, short, address=address)


def _reveal(robot: Robot, secret_box: SecretBox) -> RobotView:
    return RobotView(robot, robots.reveal_token(robot, secret_box))
