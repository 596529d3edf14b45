"""What a caller who asks for a squashed image may get: the image, and what the cache holds of it (squash, sections 1 and 6)."""

from dataclasses import dataclass

from pierhead.layers.find_image import Image, find_image
from pierhead.platform.database import UnitOfWork
from pierhead.registry import records
from pierhead.registry.authorize import Caller, require_pull
from pierhead.registry.model.names import RepositoryName, TagName
from pierhead.squash import store
from pierhead.squash.model.archive import Name, name_image
from pierhead.squash.model.cache import CachedSquash, make_variant


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request is for. `host` is the one under which the client reached the server."""

    repository: RepositoryName
    tag: TagName
    platform: str | None
    host: str


@dataclass(frozen=True, slots=True)
class FoundSquash:
    """The image and its new name; `digest` is that of what the tag points at, `entry` what the cache has, whole or not."""

    image: Image
    name: Name
    digest: str
    entry: CachedSquash | None


def find_squashed(work: UnitOfWork, caller: Caller, wanted: Wanted) -> FoundSquash:
    """For callers who may pull. Raises as `require_pull`; ManifestUnknown, TagExpired, PlatformUnknown, ImageHasNoFiles and HostInvalid too."""
    repository = require_pull(work, caller, wanted.repository)
    manifest = records.read_tag(work, repository, wanted.tag)
    image = find_image(work, repository, manifest, wanted.platform)
    name = name_image(wanted.host, repository.name, wanted.tag)
    entry = store.find(work.connection, image.manifest.id, make_variant(name.whole))
    return FoundSquash(image, name, manifest.sha256, entry)
