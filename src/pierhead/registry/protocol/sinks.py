"""Where the bytes of an upload go: hashed and written, in a thread."""

from collections.abc import Iterator, Sequence

from pierhead.platform.blobstore.base import BlobStore, UploadWriter
from pierhead.platform.hashing import ResumableHash, new_hash, restore_hash
from pierhead.registry.model.errors import BlobTooLarge
from pierhead.registry.model.stored import StoredUpload

_READ_BYTES = 1024 * 1024
_GROUP_BYTES = 256 * 1024


class UploadSink:
    """One stretch of an upload, from opening to closing. Every method blocks."""

    def __init__(self, blobs: BlobStore, upload: StoredUpload, *, maximum_bytes: int) -> None:
        """Go on where the row says. Raises UploadLost, and UploadBusy while another request writes."""
        self._maximum_bytes = maximum_bytes
        self._upload = upload
        self.received_bytes = upload.received_bytes
        self._writer: UploadWriter = blobs.open_writer(upload.store_state, upload.received_bytes)
        try:
            self._hashes = [resume_hash(blobs, upload, algorithm) for algorithm in hashed_algorithms(upload)]
        except BaseException:
            self._writer.close()
            raise

    @property
    def found_bytes(self) -> int:
        """Bytes that the store holds; more than the row says when a writer died, or another one was quicker to save."""
        return self._writer.found_bytes

    def take(self, pieces: Sequence[bytes | memoryview]) -> None:
        """Append the pieces. Raises BlobTooLarge and StorageFull."""
        size = sum(map(len, pieces))
        if self.received_bytes + size > self._maximum_bytes:
            raise BlobTooLarge(maximum_bytes=self._maximum_bytes, uploaded_bytes=self.received_bytes + size)
        for group in _grouped(pieces):
            # The hash leaves a group in the processor's cache, and from there the copy to the system costs half as much.
            for running in self._hashes:
                for piece in group:
                    running.update(piece)
            self._writer.write(group)
        self.received_bytes += size

    def flush(self) -> StoredUpload:
        """Hand everything to the store; the row as it should be now."""
        state = self._writer.flush()
        saved = {running.algorithm: running.save() for running in self._hashes}
        return self._upload._replace(
            received_bytes=self.received_bytes, store_state=state, sha256_state=saved["sha256"], sha512_state=saved.get("sha512")
        )

    def digests(self) -> dict[str, str]:
        """Digests of everything received, by algorithm."""
        return {running.algorithm: f"{running.algorithm}:{running.hexdigest()}" for running in self._hashes}

    def close(self) -> None:
        """Release the files."""
        self._writer.close()


def _grouped(pieces: Sequence[bytes | memoryview]) -> Iterator[Sequence[bytes | memoryview]]:
    """The pieces in groups that fit into the cache."""
    group: list[bytes | memoryview] = []
    size = 0
    for piece in pieces:
        group.append(piece)
        size += len(piece)
        if size >= _GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def hashed_algorithms(upload: StoredUpload) -> tuple[str, ...]:
    """The algorithms that the upload is hashed with from its first byte; sha256 always."""
    return ("sha256",) if upload.algorithm == "sha256" else ("sha256", upload.algorithm)


def resume_hash(blobs: BlobStore, upload: StoredUpload, algorithm: str) -> ResumableHash:
    """The hash of the first `received_bytes`: from the saved state, or computed anew where there is none."""
    if upload.received_bytes == 0:
        return new_hash(algorithm)
    saved = upload.sha256_state if algorithm == "sha256" else upload.sha512_state
    restored = restore_hash(algorithm, saved)
    if restored is not None:
        return restored
    running = new_hash(algorithm)
    position = 0
    while position < upload.received_bytes:
        piece = blobs.read_upload(upload.store_state, position, min(_READ_BYTES, upload.received_bytes - position))
        if not piece:
            break
        running.update(piece)
        position += len(piece)
    return running


def compute_digests(blobs: BlobStore, upload: StoredUpload, algorithms: Sequence[str]) -> dict[str, str]:
    """Digests of a complete upload, by algorithm."""
    return {algorithm: f"{algorithm}:{resume_hash(blobs, upload, algorithm).hexdigest()}" for algorithm in algorithms}
