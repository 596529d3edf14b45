"""`/v2/<name>/blobs/<digest>`: read and unlink blobs (registry-protocol 4)."""

from pierhead.platform.clock import to_milliseconds
from pierhead.registry import blobs as verbs
from pierhead.registry.keep_for_push import is_fading, keep_blob
from pierhead.registry.model.errors import BlobUnknown
from pierhead.registry.model.names import Digest, DigestInvalid, parse_digest
from pierhead.registry.model.ranges import ByteRange, parse_download_range
from pierhead.registry.model.stored import StoredBlob
from pierhead.registry.protocol.bodies import send_blob
from pierhead.registry.protocol.request import Headers, Request
from pierhead.registry.protocol.services import RegistryServices

_PRESIGNED_SECONDS = 20 * 60
_OCTETS = "application/octet-stream"


def parse_known_digest(text: str) -> Digest:
    """A digest to read by: one that cannot be is simply not there."""
    try:
        return parse_digest(text)
    except DigestInvalid:
        raise BlobUnknown(text[:200]) from None


async def read_blob(services: RegistryServices, request: Request) -> None:
    """GET and HEAD, with ranges and conditions."""
    digest = parse_known_digest(request.target.reference)
    name = services.repository_name(request.target.name)
    stored = await services.database.look_up(verbs.get_blob, request.caller, name, digest)
    if request.method == "HEAD" and _is_fading(services, stored):
        hold_seconds = services.limits.push_hold_seconds
        await services.database.write(keep_blob, request.caller, name, digest, hold_seconds=hold_seconds)
    text = str(digest).encode()
    etag = b'"' + text + b'"'
    headers: list[tuple[bytes, bytes]] = [(b"docker-content-digest", text), (b"etag", etag), (b"cache-control", b"max-age=31536000")]
    if matches(request.header(b"if-none-match"), etag):
        await request.respond_empty(304, headers)
        return
    headers += [(b"content-type", _OCTETS.encode()), (b"accept-ranges", b"bytes")]
    if request.method == "HEAD":
        await request.start(200, (*headers, (b"content-length", b"%d" % stored.size_bytes)))
        await request.send_piece(b"", more=False)
        return
    span = _requested_span(request, stored, etag)
    if span is None:
        await _send_whole(services, request, stored, headers)
    else:
        await _send_span(services, request, stored, span, headers)


def _is_fading(services: RegistryServices, stored: StoredBlob) -> bool:
    now_ms = to_milliseconds(services.clock.now())
    return is_fading(stored.held_until_ms, now_ms=now_ms, hold_seconds=services.limits.push_hold_seconds)


def matches(condition: str, etag: bytes) -> bool:
    """Whether an `If-None-Match` header names the entity tag."""
    if not condition:
        return False
    wanted = etag.decode()
    return any(part.strip().removeprefix("W/") in (wanted, "*") for part in condition.split(","))


def _requested_span(request: Request, stored: StoredBlob, etag: bytes) -> ByteRange | None:
    header = request.header(b"range")
    condition = request.header(b"if-range")
    if not header or (condition and condition != etag.decode()):
        return None
    return parse_download_range(header, stored.size_bytes)


async def _send_whole(services: RegistryServices, request: Request, stored: StoredBlob, headers: Headers) -> None:
    cached = services.small_blobs.get(stored.sha256)
    if cached is not None:
        await request.respond(200, headers, cached)
        return
    address = services.blobs.presign(stored.storage_key, seconds=_PRESIGNED_SECONDS, content_type=_OCTETS)
    if address is not None:
        await request.respond_empty(307, (headers[0], (b"location", address.encode())))
        return
    reader = await services.in_thread(services.blobs.open, stored.storage_key)
    try:
        if stored.size_bytes <= services.small_blobs.largest_entry_bytes:
            content = await services.in_thread(reader.read, 0, stored.size_bytes)
            services.small_blobs.put(stored.sha256, content)
            await request.respond(200, headers, content)
        else:
            await send_blob(services, request, reader, ByteRange(0, stored.size_bytes - 1), 200, headers)
    finally:
        reader.close()


async def _send_span(services: RegistryServices, request: Request, stored: StoredBlob, span: ByteRange, headers: Headers) -> None:
    place = (b"content-range", b"bytes %d-%d/%d" % (span.start, span.end, stored.size_bytes))
    reader = await services.in_thread(services.blobs.open, stored.storage_key)
    try:
        await send_blob(services, request, reader, span, 206, (*headers, place))
    finally:
        reader.close()


async def delete_blob(services: RegistryServices, request: Request) -> None:
    """DELETE: unlink the blob from this repository."""
    digest = parse_known_digest(request.target.reference)
    name = services.repository_name(request.target.name)
    await services.database.write(verbs.delete_blob, request.caller, name, digest)
    await request.respond_empty(202)
