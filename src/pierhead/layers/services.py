"""What the routes of this room work with, made once by the composition root."""

from dataclasses import dataclass

from pierhead.layers.model.limits import LayerLimits
from pierhead.layers.trees import Trees
from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.threads import ThreadTeam


@dataclass(frozen=True, slots=True)
class LayerServices:
    """Trees of images, and threads that read layers."""

    blobs: BlobStore
    trees: Trees
    limits: LayerLimits
    threads: ThreadTeam
