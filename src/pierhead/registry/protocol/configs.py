"""Read the configuration of an image that is pushed: its labels and its platform (tags-and-gc 3)."""

from pierhead.registry.blobs import find_config
from pierhead.registry.model.labels import CONFIG_TYPES, MAXIMUM_CONFIG_BYTES, NO_FACTS, ImageFacts, read_image_config
from pierhead.registry.model.manifests import Manifest
from pierhead.registry.model.names import RepositoryName, parse_digest
from pierhead.registry.model.stored import StoredBlob
from pierhead.registry.protocol.services import RegistryServices


async def read_facts(services: RegistryServices, name: RepositoryName, manifest: Manifest) -> ImageFacts:
    """What the configuration says; nothing for an artifact, an index, and a configuration that is not there or too large."""
    if manifest.config_digest is None or manifest.config_type not in CONFIG_TYPES:
        return NO_FACTS
    stored = await services.database.look_up(find_config, name, parse_digest(manifest.config_digest))
    if stored is None or stored.size_bytes > MAXIMUM_CONFIG_BYTES:
        return NO_FACTS
    content = services.small_blobs.get(stored.sha256)
    if content is None:
        content = await services.in_thread(_read, services, stored)
        services.small_blobs.put(stored.sha256, content)
    return read_image_config(content)


def _read(services: RegistryServices, stored: StoredBlob) -> bytes:
    reader = services.blobs.open(stored.storage_key)
    try:
        return reader.read(0, stored.size_bytes)
    finally:
        reader.close()
