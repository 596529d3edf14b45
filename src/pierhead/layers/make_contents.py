"""Read a layer once, and keep its table of contents."""

import hashlib
import secrets
import uuid
from collections.abc import Callable

import structlog

from pierhead.layers import store
from pierhead.layers.model.contents import ContentsState, ContentsWriter, StoredContents
from pierhead.layers.model.entries import Entry, EntryKind
from pierhead.layers.model.errors import LayerInvalid
from pierhead.layers.model.limits import LayerLimits
from pierhead.layers.read_entries import read_entries
from pierhead.layers.unpack import Check, LayerStream
from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.database import Database, UnitOfWork
from pierhead.platform.errors import Unavailable
from pierhead.registry.model.stored import StoredBlob

CONTENTS_PREFIX = "contents"
"""What storage keys of tables of contents begin with."""
_log = structlog.get_logger("pierhead.layers")


def find_contents(work: UnitOfWork, blob: StoredBlob) -> StoredContents | None:
    """What is known of the layer; None when it was not read yet."""
    return store.find_contents(work.connection, blob.id)


def make_contents(blobs: BlobStore, database: Database, blob: StoredBlob, limits: LayerLimits, check: Check) -> StoredContents:
    """Read the layer and record its table, or the reason why it cannot be read. Blocks; for threads of jobs.

    Idempotent: of two that make the same table the second throws its own away. Raises BlobMissing, and what `check` raises.
    """
    known = database.read_now(find_contents, blob)
    if known is not None:
        return known
    try:
        made = _write(blobs, blob, limits, check)
    except LayerInvalid as error:
        _log.info("a layer cannot be read", layer=blob.sha256, reason=error.reason)
        made = StoredContents(ContentsState.FAILED, error.reason, None, 0, 0)
    try:
        is_first = database.write_now(_record, blob, made)
    except Unavailable:
        # Whether it was committed is not known, so the bytes stay.
        raise
    except BaseException:
        _discard(blobs, made)
        raise
    if not is_first:
        _discard(blobs, made)
        return database.read_now(find_contents, blob) or made
    return made


def _record(work: UnitOfWork, blob: StoredBlob, made: StoredContents) -> bool:
    return store.insert_contents(work.connection, blob.id, made, now_ms=work.now_ms)


def _discard(blobs: BlobStore, made: StoredContents) -> None:
    if made.storage_key is not None:
        blobs.delete([made.storage_key])


def _write(blobs: BlobStore, blob: StoredBlob, limits: LayerLimits, check: Check) -> StoredContents:
    """Go through the layer. Entries are written as they come, so memory does not grow with their number."""
    state = blobs.begin_upload(f"contents-{uuid.uuid4().hex}")
    digits = blob.sha256.partition(":")[2]
    key = f"{CONTENTS_PREFIX}/{digits[:2]}/{digits}-{secrets.token_hex(8)}"
    size = 0
    try:
        upload = blobs.open_writer(state, 0)
        try:

            def write(piece: bytes) -> None:
                nonlocal size
                upload.write([piece])
                size += len(piece)

            writer = ContentsWriter(write, maximum_bytes=limits.maximum_contents_bytes)
            unpacked = _list_entries(blobs, blob, limits, writer.add, check)
            writer.finish()
            state = upload.flush()
        finally:
            upload.close()
        stored_key = blobs.commit_upload(state, size, key)
    except BaseException:
        blobs.abort_upload(state)
        raise
    return StoredContents(ContentsState.READY, None, stored_key, writer.entries, unpacked)


def _list_entries(blobs: BlobStore, blob: StoredBlob, limits: LayerLimits, add: Callable[[Entry], None], check: Check) -> int:
    reader = blobs.open(blob.storage_key)
    try:
        stream = LayerStream(reader, limits, check)
        for entry in read_entries(stream, limits):
            if entry.kind is EntryKind.FILE:
                content = hashlib.sha256()
                stream.pass_on(entry.end - entry.data if entry.is_sparse else entry.size, content.update)
                entry.digest = content.digest()
            add(entry)
        return stream.drain()
    finally:
        reader.close()
