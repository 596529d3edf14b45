"""Create, show and delete robots. The rights have been checked before (see `users`)."""

import hashlib
import secrets
import string
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from pierhead.accounts.model.accounts import FOREVER, Account, Federation, NewRobotToken, Robot, TokenLife
from pierhead.accounts.model.errors import AccountNotFound, InvalidRobotMetadata, RobotExists, RobotNotFound
from pierhead.accounts.model.federation import check_federation
from pierhead.accounts.model.names import is_name, join_robot_name, parse_description
from pierhead.accounts.store import namespaces, robots
from pierhead.audit.model import LogKind, Performer
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork
from pierhead.platform.secrets import SecretBox

_ALPHABET = string.ascii_uppercase + string.digits
_LENGTH = 64
_PURPOSE = "robot-token"
_LARGEST_METADATA = 1024 * 1024


def create_robot(
    work: UnitOfWork,
    performer: Performer,
    namespace: Account,
    short: str,
    *,
    secret_box: SecretBox,
    description: str = "",
    unstructured_metadata: Mapping[str, object] | None = None,
    life: TokenLife = FOREVER,
    address: str | None = None,
) -> Robot:
    """Raises InvalidName, InvalidDescription, InvalidRobotMetadata and RobotExists; AccountNotFound when the namespace has just gone."""
    name = join_robot_name(namespace.name, short)
    checked = parse_description(description)
    kept = None if unstructured_metadata is None else _write_metadata(unstructured_metadata)
    if not namespaces.hold(work.connection, namespace):
        raise AccountNotFound
    if robots.add(work.connection, namespace.id, name, checked, _make_token(secret_box), work.now, kept, life) is None:
        raise RobotExists(name)
    record(work, performer, LogKind.CREATE_ROBOT, namespace_id=namespace.id, address=address, robot=short, description=checked)
    return get_robot(work, namespace, short)


def get_robot(work: UnitOfWork, namespace: Account, short: str) -> Robot:
    """Raises RobotNotFound."""
    found = robots.find_by_name(work.connection, f"{namespace.name}+{short}") if is_name(short) else None
    if found is None:
        raise RobotNotFound
    return found


def list_robots(work: UnitOfWork, namespace: Account) -> list[Robot]:
    """Every robot of the namespace, by name."""
    return robots.list_of_namespace(work.connection, namespace.id)


def regenerate_robot_token(
    work: UnitOfWork,
    performer: Performer,
    namespace: Account,
    short: str,
    *,
    secret_box: SecretBox,
    overlap_seconds: int = 0,
    life: TokenLife | None = None,
    address: str | None = None,
) -> Robot:
    """Give the robot a new token, which lives as long as the one before did unless `life` is given.

    The old one goes on working for `overlap_seconds`, though not beyond its own end; what was before it ends now. Raises RobotNotFound.
    """
    robot = get_robot(work, namespace, short)
    old_until = work.now + timedelta(seconds=overlap_seconds) if overlap_seconds else None
    if old_until is not None and robot.token_expires_at is not None:
        old_until = min(old_until, robot.token_expires_at)
    robots.set_token(work.connection, robot.id, _make_token(secret_box), life or TokenLife(robot.token_seconds), work.now, old_until)
    record(work, performer, LogKind.REGENERATE_ROBOT_TOKEN, namespace_id=namespace.id, address=address, robot=short)
    return get_robot(work, namespace, short)


def delete_robot(work: UnitOfWork, performer: Performer, namespace: Account, short: str, *, address: str | None = None) -> None:
    """Its permissions and memberships go with it. Raises RobotNotFound."""
    robot = get_robot(work, namespace, short)
    robots.delete_robot(work.connection, robot.id)
    record(work, performer, LogKind.DELETE_ROBOT, namespace_id=namespace.id, address=address, robot=short)


def reveal_token(robot: Robot, secret_box: SecretBox) -> str:
    """The robot's token, for those who administer its namespace."""
    return secret_box.open(robot.token_sealed, purpose=_PURPOSE).decode()


def list_teams_of_robots(work: UnitOfWork, namespace: Account) -> dict[str, list[str]]:
    """The names of the teams of each robot of the namespace that is in one, by the robot's whole name."""
    found: dict[str, list[str]] = {}
    for robot, team in robots.list_teams_of_robots(work.connection, namespace.id):
        found.setdefault(robot, []).append(team)
    return found


def list_federation(work: UnitOfWork, namespace: Account, short: str) -> list[Federation]:
    """The OIDC subjects that may act as the robot. Raises RobotNotFound."""
    return robots.list_federation(work.connection, get_robot(work, namespace, short).id)


def is_federated(work: UnitOfWork, robot_id: int, subject: Federation) -> bool:
    """Whether this OIDC subject may act as the robot."""
    return subject in robots.list_federation(work.connection, robot_id)


def replace_federation(
    work: UnitOfWork, performer: Performer, namespace: Account, short: str, subjects: list[Federation], *, address: str | None = None
) -> None:
    """Let these subjects act as the robot, and no others; none ends it. Raises RobotNotFound and InvalidFederation."""
    robot = get_robot(work, namespace, short)
    check_federation(subjects)
    robots.replace_federation(work.connection, robot.id, subjects)
    kind = LogKind.CREATE_ROBOT_FEDERATION if subjects else LogKind.DELETE_ROBOT_FEDERATION
    config = [{"issuer": entry.issuer, "subject": entry.subject} for entry in subjects] or None
    record(work, performer, kind, namespace_id=namespace.id, address=address, robot=short, config=config)


def _write_metadata(metadata: Mapping[str, object]) -> str:
    try:
        text = msgspec.json.encode(metadata).decode()
    except UnicodeEncodeError as error:  # half of a surrogate pair
        raise InvalidRobotMetadata from error
    if len(text) > _LARGEST_METADATA:
        raise InvalidRobotMetadata
    return text


def _make_token(secret_box: SecretBox) -> NewRobotToken:
    token = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return NewRobotToken(token, hashlib.sha256(token.encode()).digest(), secret_box.seal(token.encode(), purpose=_PURPOSE))
