"""`/v2/<name>/blobs/uploads/`: push blobs (registry-protocol 5)."""

from typing import NoReturn

from pierhead.platform.errors import PierheadError, Unavailable
from pierhead.platform.hashing import new_hash
from pierhead.registry import uploads as verbs
from pierhead.registry.model.errors import BlobTooLarge, ChunkOutOfOrder, UploadInvalid
from pierhead.registry.model.names import HASH_ALGORITHMS, Digest, DigestInvalid, NameInvalid, RepositoryName, parse_digest
from pierhead.registry.model.ranges import ByteRange, parse_chunk_range
from pierhead.registry.model.stored import StoredUpload
from pierhead.registry.protocol.bodies import receive_body
from pierhead.registry.protocol.request import ClientGone, Headers, Request
from pierhead.registry.protocol.services import RegistryServices
from pierhead.registry.protocol.sinks import UploadSink, compute_digests
from pierhead.registry.uploads import FinishedUpload, Mount

_SMALL_BYTES = 1024 * 1024  # a body of up to this size is held in memory and stored in one step


async def start_upload(services: RegistryServices, request: Request) -> None:
    """POST: begin an upload, mount a blob of another repository, or push a whole blob at once."""
    name = services.repository_name(request.target.name)
    given = request.parameter("digest")
    digest = parse_digest(given) if given is not None else None
    if await _mount(services, request, name):
        return
    upload = await _begin(services, request, name, digest.algorithm if digest else _algorithm(request))
    if digest is not None:
        await _complete(services, request, name, upload, digest)
        return
    await request.respond_empty(202, (*_progress(request, upload.uuid, 0), *_chunk_minimum(services)))


def _chunk_minimum(services: RegistryServices) -> Headers:
    """What the storage would like chunks to have at least; smaller ones are taken too."""
    minimum = services.blobs.minimum_part_bytes
    return ((b"oci-chunk-min-length", b"%d" % minimum),) if minimum else ()


def _algorithm(request: Request) -> str:
    algorithm = request.parameter("digest-algorithm") or "sha256"
    if algorithm not in HASH_ALGORITHMS:
        raise DigestInvalid(
            f"The digest algorithm '{algorithm[:40]}' is not supported: use sha256 or sha512.", detail={"algorithm": algorithm[:40]}
        )
    return algorithm


async def _mount(services: RegistryServices, request: Request, name: RepositoryName) -> bool:
    wanted = request.parameter("mount")
    if not wanted:
        return False
    source = request.parameter("from")
    try:
        mount = Mount(parse_digest(wanted), services.repository_name(source) if source else None)
    except (DigestInvalid, NameInvalid):
        # What cannot be named cannot be mounted; the client uploads it instead.
        return False
    stored = await services.database.write(
        verbs.mount_blob, request.caller, name, services.policy, mount, hold_seconds=services.limits.push_hold_seconds
    )
    if stored is None:
        return False
    await _respond_created(request, mount.digest)
    return True


async def _begin(services: RegistryServices, request: Request, name: RepositoryName, algorithm: str) -> StoredUpload:
    upload_uuid = verbs.new_upload_uuid()
    state = services.blobs.begin_upload(upload_uuid)
    return await services.database.write(
        verbs.start_upload, request.caller, name, services.policy, algorithm=algorithm, state=state, upload_uuid=upload_uuid
    )


async def show_upload(services: RegistryServices, request: Request) -> None:
    """GET: how many bytes have arrived."""
    upload = await _get(services, request, services.repository_name(request.target.name))
    await request.respond_empty(204, _progress(request, upload.uuid, upload.received_bytes))


async def continue_upload(services: RegistryServices, request: Request) -> None:
    """PATCH: append a chunk, or a stream of unknown length. A stream that breaks off counts up to where it broke."""
    name = services.repository_name(request.target.name)
    upload = await services.database.look_up(
        verbs.get_fitting_upload, request.caller, name, request.target.reference[:64], services.policy.quotas
    )
    chunk = _chunk(request, upload)
    sink = await _open_sink(services, request, name, upload)
    try:
        try:
            await receive_body(services, request, sink.take)
        except ClientGone:
            if chunk is None:
                await _save(services, sink, upload)
            raise
        except BlobTooLarge:
            await _drop(services, upload)
            raise
        _check_length(chunk, sink.received_bytes - upload.received_bytes)
        saved = await _save(services, sink, upload)
    finally:
        await services.in_thread(sink.close)
    await request.respond_empty(202, _progress(request, saved.uuid, saved.received_bytes))


async def finish_upload(services: RegistryServices, request: Request) -> None:
    """PUT: append the last bytes, check the digest, make the upload a blob."""
    given = request.parameter("digest")
    if given is None:
        raise DigestInvalid("The parameter 'digest' is missing: the last request of an upload names the digest of the whole.")
    digest = parse_digest(given)
    name = services.repository_name(request.target.name)
    upload = await _get(services, request, name)
    await _complete(services, request, name, upload, digest)


async def cancel_upload(services: RegistryServices, request: Request) -> None:
    """DELETE: forget the upload and its bytes."""
    name = services.repository_name(request.target.name)
    upload = await services.database.write(verbs.cancel_upload, request.caller, name, request.target.reference)
    await services.in_thread(services.blobs.abort_upload, upload.store_state)
    await request.respond_empty(204)


async def _get(services: RegistryServices, request: Request, name: RepositoryName) -> StoredUpload:
    return await services.database.look_up(verbs.get_upload, request.caller, name, request.target.reference[:64])


def _chunk(request: Request, upload: StoredUpload) -> ByteRange | None:
    """The announced place of the body. Raises ChunkOutOfOrder when it is not the upload's end."""
    header = request.header(b"content-range")
    if not header:
        return None
    chunk = parse_chunk_range(header)
    if chunk.start != upload.received_bytes:
        raise ChunkOutOfOrder(upload.received_bytes)
    length = request.content_length
    if length is not None:
        _check_length(chunk, length)
    return chunk


def _check_length(chunk: ByteRange | None, received: int) -> None:
    if chunk is not None and chunk.length != received:
        raise UploadInvalid(f"The chunk has {received} bytes, its Content-Range announces {chunk.length}.")


async def _open_sink(services: RegistryServices, request: Request, name: RepositoryName, upload: StoredUpload) -> UploadSink:
    sink = await services.in_thread(lambda: UploadSink(services.blobs, upload, maximum_bytes=services.limits.maximum_layer_bytes))
    try:
        if sink.found_bytes > upload.received_bytes:
            # Either a writer died before it saved its progress, or one saved between our look at the row and our taking of the upload.
            present = await services.database.look_up(verbs.get_upload, request.caller, name, upload.uuid)
            if present.received_bytes != upload.received_bytes:
                raise ChunkOutOfOrder(present.received_bytes)
    except BaseException:
        sink.close()
        raise
    return sink


async def _save(services: RegistryServices, sink: UploadSink, upload: StoredUpload) -> StoredUpload:
    changed = await services.in_thread(sink.flush)
    await services.database.write(verbs.save_progress, changed, seen_bytes=upload.received_bytes)
    return changed


async def _complete(services: RegistryServices, request: Request, name: RepositoryName, upload: StoredUpload, digest: Digest) -> None:
    """Take the rest of the body and make the upload a blob. A wrong digest drops the upload."""
    chunk = _chunk(request, upload)
    length = request.content_length
    if upload.received_bytes == 0 and length is not None and length <= _SMALL_BYTES:
        finished = await _store_small(services, request, upload, digest, chunk)
    else:
        finished = await _store_rest(services, request, name, upload, digest, chunk)
    try:
        stored = await services.database.write(
            verbs.finish_upload,
            request.caller,
            name,
            upload.uuid,
            finished,
            hold_seconds=services.limits.push_hold_seconds,
            quotas=services.policy.quotas,
        )
    except Unavailable:
        # Whether it was committed is not known, so the bytes stay.
        raise
    except PierheadError:
        await services.in_thread(services.blobs.delete, [finished.storage_key])
        raise
    if stored.storage_key != finished.storage_key:
        # The content was here already; this upload only proved that the client has it too.
        await services.in_thread(services.blobs.delete, [finished.storage_key])
    await _respond_created(request, digest)


async def _store_small(
    services: RegistryServices, request: Request, upload: StoredUpload, digest: Digest, chunk: ByteRange | None
) -> FinishedUpload:
    content = await request.read_body(_SMALL_BYTES, BlobTooLarge(maximum_bytes=_SMALL_BYTES, uploaded_bytes=request.content_length or 0))
    _check_length(chunk, len(content))
    maximum = services.limits.maximum_layer_bytes
    if len(content) > maximum:
        raise BlobTooLarge(maximum_bytes=maximum, uploaded_bytes=len(content))

    def store() -> FinishedUpload | None:
        digests = {}
        for algorithm in dict.fromkeys(("sha256", digest.algorithm)):
            running = new_hash(algorithm)
            running.update(content)
            digests[algorithm] = f"{algorithm}:{running.hexdigest()}"
        if digests[digest.algorithm] != str(digest):
            return None
        key = services.blobs.put(verbs.new_storage_key(parse_digest(digests["sha256"])), content)
        return FinishedUpload(digests["sha256"], digests.get("sha512"), len(content), key)

    finished = await services.in_thread(store)
    if finished is None:
        await _refuse_digest(services, upload, digest)
    return finished


async def _store_rest(
    services: RegistryServices, request: Request, name: RepositoryName, upload: StoredUpload, digest: Digest, chunk: ByteRange | None
) -> FinishedUpload:
    digests: dict[str, str] = {}
    if request.content_length != 0:
        upload, digests = await _append_rest(services, request, name, upload, chunk)
    missing = [algorithm for algorithm in dict.fromkeys(("sha256", digest.algorithm)) if algorithm not in digests]
    if missing:
        digests |= await services.in_thread(compute_digests, services.blobs, upload, missing)
    if digests[digest.algorithm] != str(digest):
        await _refuse_digest(services, upload, digest)
    key = verbs.new_storage_key(parse_digest(digests["sha256"]))
    stored = await services.in_thread(services.blobs.commit_upload, upload.store_state, upload.received_bytes, key)
    return FinishedUpload(digests["sha256"], digests.get("sha512"), upload.received_bytes, stored)


async def _append_rest(
    services: RegistryServices, request: Request, name: RepositoryName, upload: StoredUpload, chunk: ByteRange | None
) -> tuple[StoredUpload, dict[str, str]]:
    sink = await _open_sink(services, request, name, upload)
    try:
        try:
            await receive_body(services, request, sink.take)
        except BlobTooLarge:
            await _drop(services, upload)
            raise
        _check_length(chunk, sink.received_bytes - upload.received_bytes)
        changed = await services.in_thread(sink.flush)
        return changed, sink.digests()
    finally:
        await services.in_thread(sink.close)


async def _refuse_digest(services: RegistryServices, upload: StoredUpload, digest: Digest) -> NoReturn:
    await _drop(services, upload)
    raise DigestInvalid("The uploaded bytes do not have the digest that the request names.", detail={"digest": str(digest)})


async def _drop(services: RegistryServices, upload: StoredUpload) -> None:
    await services.database.write(verbs.drop_upload, upload.uuid)
    await services.in_thread(services.blobs.abort_upload, upload.store_state)


def _progress(request: Request, upload_uuid: str, received_bytes: int) -> Headers:
    return (
        (b"location", f"/v2/{request.target.name}/blobs/uploads/{upload_uuid}".encode()),
        (b"docker-upload-uuid", upload_uuid.encode()),
        (b"range", b"0-%d" % max(received_bytes - 1, 0)),
    )


def progress_headers(request: Request, error: ChunkOutOfOrder) -> Headers:
    """What a chunk out of order is answered with, so that the client finds its place."""
    return _progress(request, request.target.reference, error.received_bytes)


async def _respond_created(request: Request, digest: Digest) -> None:
    text = str(digest)
    await request.respond_empty(
        201, ((b"location", f"/v2/{request.target.name}/blobs/{text}".encode()), (b"docker-content-digest", text.encode()))
    )
