"""What the page of a manifest shows: its content, its labels, how often it was pulled (api-v1/repositories, section 5)."""

import uuid
from dataclasses import dataclass

from pierhead.access.model.identity import Identity
from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.errors import ManifestUnknown, TagUnknown
from pierhead.registry.model.image_layers import find_config
from pierhead.registry.model.labels import (
    CONFIG_TYPES,
    MAXIMUM_CONFIG_BYTES,
    MAXIMUM_LABELS,
    Label,
    LabelInvalid,
    LabelNotFound,
    LabelSource,
    parse_label,
)
from pierhead.registry.model.listed_tags import ListedTag
from pierhead.registry.model.names import Digest, DigestInvalid, parse_digest
from pierhead.registry.model.stored import StoredBlob
from pierhead.registry.store import blobs as blob_store
from pierhead.registry.store import details as store
from pierhead.registry.store import labels as label_store
from pierhead.registry.store import listing
from pierhead.registry.store.details import ManifestRow
from pierhead.registry.store.manifests import find_content
from pierhead.registry.tag_access import require_changeable, require_readable
from pierhead.repositories.log import record
from pierhead.repositories.model import Repository


@dataclass(frozen=True, slots=True)
class ManifestPage:
    """A manifest with its bytes; `config` is the blob of an image's configuration, when it is small enough to be read."""

    row: ManifestRow
    content: bytes
    config_type: str | None
    config: StoredBlob | None


def describe_manifest(work: UnitOfWork, identity: Identity, name: str, digest: Digest) -> ManifestPage:
    """Raises ManifestUnknown."""
    repository = require_readable(work, identity, name)
    row = _get(work, repository, digest)
    content = find_content(work.connection, row.id)
    if content is None:
        raise ManifestUnknown(str(digest))
    config_digest, config_type = find_config(content)
    config = _find_config_blob(work, repository, config_digest) if config_type in CONFIG_TYPES else None
    return ManifestPage(row, content, config_type or None, config)


def get_manifest_pulls(work: UnitOfWork, identity: Identity, name: str, digest: Digest) -> ManifestRow:
    """Raises ManifestUnknown."""
    return _get(work, require_readable(work, identity, name), digest)


def get_tag_pulls(work: UnitOfWork, identity: Identity, name: str, tag: str) -> tuple[ListedTag, ManifestRow | None]:
    """A living tag and its manifest. Raises TagUnknown."""
    repository = require_readable(work, identity, name)
    found = listing.find_listed(work.connection, repository.id, tag, now_ms=work.now_ms)
    if found is None:
        raise TagUnknown(tag)
    return found, store.find_row(work.connection, repository.id, parse_digest(found.digest))


def list_labels(work: UnitOfWork, identity: Identity, name: str, digest: Digest, prefix: str) -> list[Label]:
    """The labels whose key begins with the prefix. Raises ManifestUnknown."""
    row = _get(work, require_readable(work, identity, name), digest)
    return [label for label in label_store.list_labels(work.connection, row.id) if label.key.startswith(prefix)]


def get_label(work: UnitOfWork, identity: Identity, name: str, digest: Digest, label: str) -> Label:
    """Raises ManifestUnknown and LabelNotFound."""
    row = _get(work, require_readable(work, identity, name), digest)
    return _get_label(work, row, label)


def add_label(
    work: UnitOfWork, identity: Identity, name: str, digest: Digest, key: str, value: str, media_type: str | None, *, address: str | None
) -> Label:
    """A further label. Raises ManifestUnknown and LabelInvalid."""
    repository = require_changeable(work, identity, name)
    row = _get(work, repository, digest)
    checked_key, checked_value, kind = parse_label(key, value, media_type)
    if label_store.count_labels(work.connection, row.id) >= MAXIMUM_LABELS:
        raise LabelInvalid(f"A manifest has at most {MAXIMUM_LABELS} labels.")
    label = Label(str(uuid.uuid4()), checked_key, checked_value, LabelSource.API, kind)
    label_store.insert_labels(work.connection, row.id, [label])
    _record(work, identity, repository, LogKind.MANIFEST_LABEL_ADD, row, label, address=address)
    return label


def delete_label(work: UnitOfWork, identity: Identity, name: str, digest: Digest, label: str, *, address: str | None) -> None:
    """Remove a label that people added. Raises ManifestUnknown and LabelNotFound, for one that came with the image too."""
    repository = require_changeable(work, identity, name)
    row = _get(work, repository, digest)
    found = _get_label(work, row, label)
    if found.source != LabelSource.API:
        raise LabelNotFound
    label_store.delete_label(work.connection, row.id, label)
    _record(work, identity, repository, LogKind.MANIFEST_LABEL_DELETE, row, found, address=address)


def _get(work: UnitOfWork, repository: Repository, digest: Digest) -> ManifestRow:
    row = store.find_row(work.connection, repository.id, digest)
    if row is None:
        raise ManifestUnknown(str(digest))
    return row


def _get_label(work: UnitOfWork, row: ManifestRow, label: str) -> Label:
    found = label_store.find_label(work.connection, row.id, label)
    if found is None:
        raise LabelNotFound
    return found


def _find_config_blob(work: UnitOfWork, repository: Repository, digest: str) -> StoredBlob | None:
    try:
        found = blob_store.find_blob_in_repository(work.connection, repository.id, parse_digest(digest))
    except DigestInvalid:
        return None
    return found if found is not None and found.size_bytes <= MAXIMUM_CONFIG_BYTES else None


def _record(
    work: UnitOfWork, identity: Identity, repository: Repository, kind: LogKind, row: ManifestRow, label: Label, *, address: str | None
) -> None:
    record(work, identity, kind, repository, address, id=label.uuid, key=label.key, value=label.value, manifest_digest=row.sha256)
