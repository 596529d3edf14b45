"""Look into an image: which layers it has, and whether they were read."""

from collections.abc import Sequence
from dataclasses import dataclass

from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage
from pierhead.access.model.roles import Role
from pierhead.layers import store
from pierhead.layers.find_image import Image, find_image
from pierhead.layers.jobs import enqueue_unread
from pierhead.layers.model.contents import StoredContents
from pierhead.platform.database import UnitOfWork
from pierhead.registry import records
from pierhead.registry.model.names import parse_digest
from pierhead.repositories.permissions import require_role


@dataclass(frozen=True, slots=True)
class OpenedImage:
    """An image with the table of contents of each layer, the lowest first; None where a layer was not read yet."""

    image: Image
    contents: Sequence[StoredContents | None]

    @property
    def is_read(self) -> bool:
        """Whether every layer was gone through, with success or not."""
        return all(each is not None for each in self.contents)

    @property
    def failure(self) -> str | None:
        """Why a layer cannot be read."""
        return next((each.reason for each in self.contents if each is not None and each.reason is not None), None)


def open_image(work: UnitOfWork, identity: Identity, name: str, digest: str, platform: str | None) -> OpenedImage:
    """The image of a manifest, or of an index for a platform, for callers who may read the repository.

    Raises DigestInvalid, ManifestUnknown, PlatformUnknown and ImageHasNoFiles too.
    """
    repository = require_role(work, identity, name, Role.READ, passage=Passage.BOTH)
    manifest = records.read_manifest(work, repository, parse_digest(digest))
    image = find_image(work, repository, manifest, platform)
    return OpenedImage(image, [store.find_contents(work.connection, layer.blob.id) for layer in image.layers])


def have_read(work: UnitOfWork, image: Image) -> None:
    """Have the layers read that were not. For images that were pushed before layers were read."""
    enqueue_unread(work, image)
