"""Keep what the configuration of an image says, and find what an index says by its children (tags-and-gc 3)."""

import uuid

from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.labels import NOTHING, ActingLabels, ImageFacts, Label, LabelSource, join_platforms
from pierhead.registry.store import labels as store
from pierhead.repositories.model import Repository

_PLAIN = "text/plain"


def record_facts(
    work: UnitOfWork, repository: Repository, manifest_id: int, facts: ImageFacts, *, is_new: bool, is_index: bool
) -> ActingLabels:
    """Keep the labels of a new manifest; what labels do to the tags on it.

    A label of images acts on an index only when all of its images agree. Attestations beside the images, whose platform is unknown, have no say.
    """
    if is_index:
        return _record_index(work, repository, manifest_id)
    if is_new:
        labels = [Label(str(uuid.uuid4()), key, value, LabelSource.MANIFEST, _PLAIN) for key, value in facts.labels.items()]
        store.insert_labels(work.connection, manifest_id, labels)
    return facts.acting


def _record_index(work: UnitOfWork, repository: Repository, manifest_id: int) -> ActingLabels:
    children = store.read_children(work.connection, repository.id, manifest_id)
    platforms = [platform for platform, _ in children if platform]
    said = {labels for platform, labels in children if not (platform or "").startswith("unknown")}
    agreed = said.pop() if len(said) == 1 else None
    acting = agreed or NOTHING
    store.set_facts(work.connection, manifest_id, join_platforms(platforms), acting)
    return acting
