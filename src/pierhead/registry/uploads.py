"""Start, continue, finish and cancel uploads of blobs (registry-protocol 5): the database's side of it.

The bytes lie in the blob store under the upload's state, the row says how many of them count. A process that dies leaves both, and any
other process goes on from the row.
"""

import re
import secrets
import uuid
from dataclasses import dataclass

from pierhead.accounts.model.quotas import NO_QUOTAS, QuotaPolicy
from pierhead.platform.database import UnitOfWork
from pierhead.registry.authorize import Caller, PushPolicy, may_pull, require_push, require_push_or_create
from pierhead.registry.holdings import take_blob
from pierhead.registry.model.errors import BlobUnknown, ChunkOutOfOrder, UploadUnknown
from pierhead.registry.model.names import Digest, RepositoryName
from pierhead.registry.model.stored import StoredBlob, StoredUpload
from pierhead.registry.store import blobs as blob_store
from pierhead.registry.store import uploads as upload_store
from pierhead.repositories import records
from pierhead.repositories.model import Repository
from pierhead.repositories.quotas import require_room

_ANONYMOUS_MOUNT_CANDIDATES = 50
_UUID = re.compile(r"[0-9a-f-]{36}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mount:
    """A blob that another repository may hold; `source` None asks all that the caller may read."""

    digest: Digest
    source: RepositoryName | None


@dataclass(frozen=True, slots=True)
class FinishedUpload:
    """What the storing of an upload's bytes came to."""

    sha256: str
    sha512: str | None
    size_bytes: int
    storage_key: str


def start_upload(
    work: UnitOfWork, caller: Caller, name: RepositoryName, policy: PushPolicy, *, algorithm: str, state: str, upload_uuid: str
) -> StoredUpload:
    """Begin an upload, creating the repository when it does not exist and the caller may. Raises NamespaceFull where nothing more fits."""
    repository = require_push_or_create(work, caller, name, policy)
    require_room(work, repository, policy.quotas, for_more=True)
    new = StoredUpload(
        uuid=upload_uuid,
        repository_id=repository.id,
        started_by=caller.name,
        algorithm=algorithm,
        received_bytes=0,
        store_state=state,
        sha256_state=None,
        sha512_state=None,
    )
    upload_store.insert_upload(work.connection, new, now_ms=work.now_ms)
    return new


def mount_blob(
    work: UnitOfWork, caller: Caller, name: RepositoryName, policy: PushPolicy, mount: Mount, *, hold_seconds: int
) -> StoredBlob | None:
    """Let the repository use a blob that another one holds; None when the caller can see no such blob, whatever the reason.

    Raises NamespaceFull.
    """
    repository = require_push_or_create(work, caller, name, policy)
    stored = blob_store.find_blob(work.connection, mount.digest)
    if stored is None or not _may_mount(work, caller, stored, mount, repository):
        return None
    if not blob_store.lock_blob(work.connection, stored.id):
        return None
    take_blob(work, repository, stored, hold_seconds=hold_seconds, policy=policy.quotas)
    return stored


def _may_mount(work: UnitOfWork, caller: Caller, stored: StoredBlob, mount: Mount, target: Repository) -> bool:
    if mount.source is not None:
        source = records.find_repository(work, mount.source)
        return (
            source is not None
            and may_pull(work, caller, source)
            and blob_store.find_blob_in_repository(work.connection, source.id, mount.digest) is not None
        )
    holding = blob_store.list_repositories_holding(work.connection, stored.id, maximum=_ANONYMOUS_MOUNT_CANDIDATES)
    for repository_id in holding:
        candidate = target if repository_id == target.id else records.find_repository_by_id(work, repository_id)
        if candidate is not None and may_pull(work, caller, candidate):
            return True
    return False


def get_upload(work: UnitOfWork, caller: Caller, name: RepositoryName, upload_uuid: str) -> StoredUpload:
    """The upload, for the caller who started it in this repository. Raises UploadUnknown."""
    return _find_upload(work, caller, require_push(work, caller, name), upload_uuid)


def get_fitting_upload(work: UnitOfWork, caller: Caller, name: RepositoryName, upload_uuid: str, quotas: QuotaPolicy) -> StoredUpload:
    """As `get_upload`, when something still fits into the namespace's quota. Raises NamespaceFull too."""
    repository = require_push(work, caller, name)
    found = _find_upload(work, caller, repository, upload_uuid)
    require_room(work, repository, quotas, for_more=True)
    return found


def _find_upload(work: UnitOfWork, caller: Caller, repository: Repository, upload_uuid: str) -> StoredUpload:
    found = upload_store.find_upload(work.connection, upload_uuid) if _UUID.fullmatch(upload_uuid) else None
    if found is None or found.repository_id != repository.id or found.started_by != caller.name:
        raise UploadUnknown(upload_uuid)
    return found


def save_progress(work: UnitOfWork, changed: StoredUpload, *, seen_bytes: int) -> None:
    """Make received bytes count. Raises ChunkOutOfOrder when another request advanced the upload meanwhile, UploadUnknown when it is gone."""
    if upload_store.advance_upload(work.connection, changed, seen_bytes=seen_bytes, now_ms=work.now_ms):
        return
    present = upload_store.find_upload(work.connection, changed.uuid)
    if present is None:
        raise UploadUnknown(changed.uuid)
    raise ChunkOutOfOrder(present.received_bytes)


def finish_upload(
    work: UnitOfWork,
    caller: Caller,
    name: RepositoryName,
    upload_uuid: str,
    finished: FinishedUpload,
    *,
    hold_seconds: int,
    quotas: QuotaPolicy = NO_QUOTAS,
) -> StoredBlob:
    """Turn stored bytes into a blob of the repository.

    The answer's `storage_key` differs from the one given when the content was there already: the caller then deletes its own copy.
    Raises NamespaceFull.
    """
    repository = require_push(work, caller, name)
    if not upload_store.delete_upload(work.connection, upload_uuid):
        raise UploadUnknown(upload_uuid)
    return add_blob(work, repository, finished, hold_seconds=hold_seconds, quotas=quotas)


def add_blob(
    work: UnitOfWork, repository: Repository, finished: FinishedUpload, *, hold_seconds: int, quotas: QuotaPolicy = NO_QUOTAS
) -> StoredBlob:
    """As `finish_upload`, for a room that stored the bytes by itself and whose verb has checked the caller."""
    stored = blob_store.insert_blob(
        work.connection,
        sha256=finished.sha256,
        sha512=finished.sha512,
        size_bytes=finished.size_bytes,
        storage_key=finished.storage_key,
        now_ms=work.now_ms,
    )
    take_blob(work, repository, stored, hold_seconds=hold_seconds, policy=quotas)
    return stored


def cancel_upload(work: UnitOfWork, caller: Caller, name: RepositoryName, upload_uuid: str) -> StoredUpload:
    """Forget the upload; the caller of this verb then removes its bytes. Raises UploadUnknown."""
    found = get_upload(work, caller, name, upload_uuid)
    upload_store.delete_upload(work.connection, upload_uuid)
    return found


def drop_upload(work: UnitOfWork, upload_uuid: str) -> bool:
    """Forget an upload whose bytes turned out to be wrong, or that is too old."""
    return upload_store.delete_upload(work.connection, upload_uuid)


def list_expired_uploads(work: UnitOfWork, *, older_than_seconds: int, maximum: int) -> list[StoredUpload]:
    """Uploads without progress for that long."""
    return upload_store.list_expired_uploads(work.connection, before_ms=work.now_ms - older_than_seconds * 1000, maximum=maximum)


def require_blob_in_repository(work: UnitOfWork, repository: Repository, digest: Digest) -> StoredBlob:
    """The blob, when the repository holds it. Raises BlobUnknown."""
    found = blob_store.find_blob_in_repository(work.connection, repository.id, digest)
    if found is None:
        raise BlobUnknown(str(digest))
    return found


def new_upload_uuid() -> str:
    """A name for an upload that nobody can guess."""
    return str(uuid.uuid4())


def new_storage_key(digest: Digest) -> str:
    """Where the bytes of a blob come to lie.

    A mark of its own keeps every copy of the same content apart: whoever deletes a copy, a collector or an upload that came second, can
    never hit the one that is in use.
    """
    return f"{digest.algorithm}/{digest.hex[:2]}/{digest.hex}-{secrets.token_hex(8)}"
