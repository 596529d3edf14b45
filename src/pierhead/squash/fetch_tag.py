"""What the dialog *Fetch Tag* shows: what there is to fetch, whether the squashed image is cached, and which robots may fetch it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pierhead.access.manage_robots import RobotListing, get_robot, list_robots
from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.permissions import Passage
from pierhead.access.model.roles import Role
from pierhead.access.repository_grants import RepositoryGrants
from pierhead.layers.find_image import find_image, list_platforms
from pierhead.layers.model.errors import ImageHasNoFiles, PlatformUnknown
from pierhead.platform.database import UnitOfWork
from pierhead.platform.secrets import SecretBox
from pierhead.registry import records
from pierhead.registry.model.names import TagName
from pierhead.repositories.model import Repository
from pierhead.repositories.permissions import find_role, require_role
from pierhead.squash import store
from pierhead.squash.model.archive import Name, name_image
from pierhead.squash.model.cache import CachedSquash, make_variant
from pierhead.squash.model.commands import Login

_MOST_ROBOTS = 100


@dataclass(frozen=True, slots=True)
class RobotChoice:
    """A robot of the namespace, and whether it may pull the repository."""

    name: str
    has_access: bool


@dataclass(frozen=True, slots=True)
class FetchableTag:
    """A tag as the dialog shows it. `squash_refusal` says why there can be no squashed image of it."""

    repository: Repository
    digest: str
    platforms: Sequence[str]
    name: Name
    cached: CachedSquash | None
    squash_refusal: str | None
    robots: Sequence[RobotChoice]
    login: Login | None


@dataclass(frozen=True, slots=True)
class Robots:
    """What finding robots takes."""

    secret_box: SecretBox
    grants: RepositoryGrants


def describe_tag(
    work: UnitOfWork,
    identity: Identity,
    repository_name: str,
    tag: TagName,
    platform: str | None,
    host: str,
    robot: str | None,
    robots: Robots,
) -> FetchableTag:
    """For callers who may read. The secret of a robot is shown to those only who administer its namespace.

    Raises ManifestUnknown and TagExpired; NotAllowed and RobotNotFound for a robot that the caller may not use.
    """
    repository = require_role(work, identity, repository_name, Role.READ, passage=Passage.BOTH)
    manifest = records.read_tag(work, repository, tag)
    name = name_image(host, repository.name, tag)
    cached, refusal = None, None
    try:
        image = find_image(work, repository, manifest, platform)
    except (ImageHasNoFiles, PlatformUnknown) as error:
        refusal = error.message
    else:
        cached = store.find(work.connection, image.manifest.id, make_variant(name.whole))
    return FetchableTag(
        repository,
        manifest.sha256,
        list_platforms(work, repository, manifest),
        name,
        cached if cached is not None and cached.storage_key is not None else None,
        refusal,
        _list_robots(work, identity, repository, robots),
        None if robot is None else _find_login(work, identity, repository, robot, robots),
    )


def _list_robots(work: UnitOfWork, identity: Identity, repository: Repository, robots: Robots) -> list[RobotChoice]:
    """Those of the namespace; none for callers from outside, who do not see its robots."""
    listing = RobotListing(tokens=False, limit=_MOST_ROBOTS)
    try:
        found = list_robots(work, identity, repository.namespace, listing, secret_box=robots.secret_box, grants=robots.grants)
    except (NotAllowed, SignInRequired):
        return []
    names = [view.robot.name for view in found]
    return [RobotChoice(name, find_role(work, Identity(IdentityKind.ROBOT, name), repository) >= Role.READ) for name in names]


def _find_login(work: UnitOfWork, identity: Identity, repository: Repository, robot: str, robots: Robots) -> Login:
    short = robot.removeprefix(f"{repository.namespace}+")
    view = get_robot(work, identity, repository.namespace, short, secret_box=robots.secret_box)
    return Login(view.robot.name, view.token or "")
